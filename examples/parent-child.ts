/**
 * A workflow that runs another one and waits for its result.
 *
 *   npx treeline run examples/parent-child.ts --input '{"data":"hello"}'
 */
import { workflow } from "treeline";
import { z } from "zod";

/** Does the work, once per attempt; whatever touches the world stands in a step. */
async function processItem(value: string): Promise<string> {
  return `processed:${value}`;
}

export const childWorkflow = workflow(
  { name: "child_workflow", input: z.object({ value: z.string() }) },
  async (ctx, { value }) => ctx.step("process_item", () => processItem(value)),
);

const parentWorkflow = workflow(
  { name: "parent_workflow", input: z.object({ data: z.string() }) },
  async (ctx, { data }) => {
    const childResult = await ctx.execute(childWorkflow, { value: data });
    return `Parent got: ${childResult}`;
  },
);

// The default export is what `treeline run` starts. All other workflows must be exported, too, so that it knows them.
export default parentWorkflow;

import type { Command } from "commander";
import { stackCommand, type StackOptions, withStack } from "../aws.ts";
import type { Job } from "../command.ts";
import { formatTable } from "../table.ts";

export function outputsCommand(job: Job): Command {
  return stackCommand("outputs", job.terminal, [])
    .description("Print where the parts of a deployed stack are, its API first")
    .argument("[name]", "only this one, bare: ApiUrl")
    .action((name: string | undefined, options: StackOptions) => outputs(job, name, options));
}

async function outputs({ aws, output }: Job, name: string | undefined, options: StackOptions): Promise<void> {
  const { outputOf } = await import("../../operator/stack.ts");
  const stack = await withStack(aws, options, async (_clients, found) => found);
  // One that has no API is none of ours.
  const { ApiUrl: _api, ...others } = { ...stack.outputs };
  const all = { ApiUrl: outputOf(stack, "ApiUrl"), ...others };
  const only = name === undefined ? undefined : outputOf(stack, name);
  if (options.json === true) output.json(only ?? all);
  else if (only === undefined) output.printStyled(formatTable(["OUTPUT", "VALUE"], Object.entries(all), output.paint));
  else output.print(only);
}

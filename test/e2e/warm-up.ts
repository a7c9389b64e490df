/** Functions that start for the first time take seconds, which scenarios in real time would count. */
import type { Client } from "../../lib/ports/client.ts";
import { workflow } from "../../lib/frontends/code/workflow.ts";

const AT_ONCE = 24;

/** Named in the deployed module, too. */
export const hello = workflow({ name: "e2e.hello" }, async (ctx) => ctx.step("hello", () => "hello"));

export async function warmUp(client: Client): Promise<void> {
  const all = Array.from({ length: AT_ONCE }, () => client.execute(hello, null));
  await Promise.all(all);
}

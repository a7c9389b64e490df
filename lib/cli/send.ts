/** Commands that send something to an execution. */
import { withAccess, type Job, type StoreOptions } from "./command.ts";
import type { Visitor } from "./outside-client.ts";
import { suggestion } from "./terminal.ts";

/** `what` says what is sent. With an owner it has been taken in when this resolves; without one it is left for the next. */
export async function send(
  job: Job,
  options: StoreOptions,
  what: string,
  send: (client: Visitor) => Promise<void>,
): Promise<void> {
  await withAccess(job, options, async ({ client, runs: delivered }) => {
    await send(client);
    if (options.json === true) return job.output.json({ delivered });
    if (delivered) return job.output.print(`sent: ${what}`);
    const resume = suggestion(job.terminal, "resume", options);
    job.output.print(`left: ${what}; no engine runs this database, so it is applied on\n  ${resume}`);
  });
}

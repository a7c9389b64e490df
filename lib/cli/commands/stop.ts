import type { Command } from "commander";
import { storeCommand, type Job, type StoreOptions } from "../command.ts";
import { send } from "../send.ts";

interface ReasonOptions extends StoreOptions {
  readonly reason?: string;
}

export function stopCommand(job: Job): Command {
  return storeCommand("stop", job)
    .description("End an execution at once, without cleanup")
    .argument("<id>", "id of the execution")
    .option("-r, --reason <text>", "why")
    .action((id: string, options: ReasonOptions) =>
      send(job, options, `stop of ${id}`, (client) => client.stop(id, options.reason, options.namespace)),
    );
}

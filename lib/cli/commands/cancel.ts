import type { Command } from "commander";
import { storeCommand, type Job, type StoreOptions } from "../command.ts";
import { send } from "../send.ts";

interface ReasonOptions extends StoreOptions {
  readonly reason?: string;
}

export function cancelCommand(job: Job): Command {
  return storeCommand("cancel", job)
    .description("Ask an execution to cancel: it may clean up first, and so may everything below it")
    .argument("<id>", "id of the execution")
    .option("-r, --reason <text>", "why")
    .action((id: string, options: ReasonOptions) =>
      send(job, options, `cancel of ${id}`, (client) => client.cancel(id, options.reason, options.namespace)),
    );
}

import type { Command } from "commander";
import { storeCommand, type Job, type StoreOptions } from "../command.ts";
import { readJson } from "../json-input.ts";
import { send } from "../send.ts";

interface SignalOptions extends StoreOptions {
  readonly signalId?: string;
}

export function signalCommand(job: Job): Command {
  return storeCommand("signal", job)
    .description("Send a signal to an execution")
    .argument("<id>", "id of the execution")
    .argument("<name>", "name of the signal")
    .argument("[payload]", "JSON, @file, or - for standard input")
    .option("--signal-id <id>", "makes a repeated call count once")
    .action(async (id: string, name: string, source: string | undefined, options: SignalOptions) => {
      const payload = await readJson(source, "the payload", job.terminal);
      const { namespace, signalId } = options;
      const details = { namespace, ...(signalId === undefined ? undefined : { signalId }) };
      await send(job, options, `signal ${name} to ${id}`, (client) => client.signal(id, name, payload, details));
    });
}

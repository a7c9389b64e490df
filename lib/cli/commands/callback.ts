import type { Command } from "commander";
import { TreelineError } from "../../kernel/errors.ts";
import { storeCommand, type Job, type StoreOptions } from "../command.ts";
import { readJson } from "../json-input.ts";
import type { Visitor } from "../outside-client.ts";
import { send } from "../send.ts";

interface CallbackOptions extends StoreOptions {
  readonly succeed?: string | true;
  readonly fail?: string;
  readonly type?: string;
  readonly heartbeat?: true;
}

export function callbackCommand(job: Job): Command {
  return storeCommand("callback", job)
    .description("Answer a callback that an execution waits for")
    .argument("<callbackId>", "id of the callback; see `pending`")
    .option("--succeed [json]", "it succeeded, with this result: JSON, @file, or -")
    .option("--fail <message>", "it failed")
    .option("--type <name>", "with --fail: type of the error")
    .option("--heartbeat", "it still goes on")
    .action(async (callbackId: string, options: CallbackOptions) => {
      const answer = await toAnswer(job, callbackId, options);
      await send(job, options, `answer to callback ${callbackId}`, answer);
    });
}

async function toAnswer(
  job: Job,
  callbackId: string,
  options: CallbackOptions,
): Promise<(client: Visitor) => Promise<void>> {
  const { succeed, fail, type, heartbeat } = options;
  if ([succeed, fail, heartbeat].filter((answer) => answer !== undefined).length !== 1) {
    throw new TreelineError("invalid_argument", "say how it ended: --succeed, --fail or --heartbeat");
  }
  if (heartbeat === true) return (client) => client.callbacks.heartbeat(callbackId);
  if (fail !== undefined) {
    const error = { message: fail, ...(type === undefined ? undefined : { type }) };
    return (client) => client.callbacks.fail(callbackId, error);
  }
  const payload = await readJson(succeed === true ? undefined : succeed, "--succeed", job.terminal);
  return (client) => client.callbacks.succeed(callbackId, payload);
}

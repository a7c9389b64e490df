/** Keeps the dead-letter function from a queue while a person works on it. */
import {
  GetEventSourceMappingCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { TreelineError } from "../kernel/errors.ts";
import { asking, codeOf } from "./aws-failure.ts";
import { type Waiting, waitUntil } from "./waiting.ts";

const LOOK_EVERY_MS = 2_000;
/** Lambda takes up to a minute or so. */
const LONGEST_MS = 5 * 60_000;

export interface PausedConsumers {
  /** Of the event source mappings that were switched off. */
  readonly paused: readonly string[];
  /** Of those that were off before, and stay so. */
  readonly wereOff: readonly string[];
}

/** @param arn of the queue */
export async function pauseConsumers(client: LambdaClient, arn: string, waiting: Waiting): Promise<PausedConsumers> {
  const command = new ListEventSourceMappingsCommand({ EventSourceArn: arn });
  const { EventSourceMappings: found = [] } = await asking("lambda:ListEventSourceMappings", arn, () =>
    client.send(command),
  );
  const isOff = (state: string | undefined): boolean => state === "Disabled" || state === "Disabling";
  const idsOf = (off: boolean): string[] =>
    found.filter(({ State }) => isOff(State) === off).flatMap(({ UUID }) => UUID ?? []);
  const paused = idsOf(false);
  try {
    for (const id of paused) await enable(client, id, false, waiting);
    for (const id of paused) await waitUntil(waiting, LOOK_EVERY_MS, LONGEST_MS, () => isDisabled(client, id));
  } catch (error) {
    await resumeConsumers(client, paused, waiting);
    throw error;
  }
  return { paused, wereOff: idsOf(true) };
}

/** @throws TreelineError that names the mapping which is still off */
export async function resumeConsumers(client: LambdaClient, ids: readonly string[], waiting: Waiting): Promise<void> {
  for (const id of ids) await enable(client, id, true, waiting);
}

/** One that is being switched cannot be switched again; that is waited for, even when the person has had enough. */
async function enable(client: LambdaClient, id: string, on: boolean, { now, pause }: Waiting): Promise<void> {
  const command = new UpdateEventSourceMappingCommand({ UUID: id, Enabled: on });
  const isDone = async (): Promise<boolean> => {
    try {
      await client.send(command);
      return true;
    } catch (error) {
      if (codeOf(error) !== "ResourceInUseException") throw error;
      return false;
    }
  };
  const what = `event source mapping ${id}, to be switched ${on ? "on" : "off"}`;
  const done = await asking("lambda:UpdateEventSourceMapping", what, () =>
    waitUntil({ now, pause }, LOOK_EVERY_MS, LONGEST_MS, isDone),
  );
  if (!done) throw new TreelineError("aws_failed", `Lambda is still busy with ${what}; do it in the console`);
}

async function isDisabled(client: LambdaClient, id: string): Promise<boolean> {
  const command = new GetEventSourceMappingCommand({ UUID: id });
  const { State: state } = await asking("lambda:GetEventSourceMapping", id, () => client.send(command));
  return state === "Disabled";
}

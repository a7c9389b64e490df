/**
 * Gives dead letters another turn. The dead-letter function reads these queues too: what it can read it takes out
 * within seconds, and what it cannot it holds again and again for as long as the queue hides a message. SQS moves only
 * what is not hidden; so whoever wants those as well has to pause the function, and wait.
 */
import type { AwsClients } from "./aws-clients.ts";
import {
  type DeadLetterQueue,
  deadLetterQueues,
  factsOf,
  type Letter,
  peek,
  type QueueName,
} from "./dead-letter-queues.ts";
import { moveBack } from "./move-messages.ts";
import { pauseConsumers, resumeConsumers } from "./paused-consumers.ts";
import type { Stack } from "./stack.ts";
import { type Waiting, waitUntil } from "./waiting.ts";

export interface RedriveOptions {
  readonly queues: readonly QueueName[];
  /** Shows what there is, and leaves it there. */
  readonly dryRun: boolean;
  /** Pauses the dead-letter function, and waits for what it holds. */
  readonly wait: boolean;
  readonly waiting: Waiting;
  /** News for the person. */
  readonly tell: (text: string) => void;
}

export interface Redriven {
  readonly queue: QueueName;
  /** Before anything was moved. */
  readonly waiting: number;
  readonly held: number;
  /** Some of those that waited. */
  readonly letters: readonly Letter[];
  readonly moved: number;
  /** Hidden still, so not moved. */
  readonly left: number;
}

const LOOK_EVERY_MS = 5_000;
const LATE_MS = 60_000;
const SECOND = 1_000;

export async function redrive(
  clients: AwsClients,
  stack: Stack,
  options: RedriveOptions,
): Promise<readonly Redriven[]> {
  return Promise.all(deadLetterQueues(stack, options.queues).map((queue) => redriveQueue(clients, queue, options)));
}

async function redriveQueue(clients: AwsClients, queue: DeadLetterQueue, options: RedriveOptions): Promise<Redriven> {
  const { waiting, held } = await factsOf(clients.sqs, queue.url);
  const letters = waiting === 0 ? [] : await peek(clients.sqs, queue.url);
  const found = { queue: queue.name, waiting, held, letters, moved: 0, left: held };
  if (options.dryRun || waiting + held === 0) return found;
  if (held > 0 && options.wait) return { ...found, ...(await moveAll(clients, queue, options)) };
  if (waiting === 0) return found;
  return { ...found, moved: await moveBack(clients.sqs, queue, options.waiting) };
}

type Moved = Pick<Redriven, "moved" | "left">;

async function moveAll({ sqs, lambda }: AwsClients, queue: DeadLetterQueue, options: RedriveOptions): Promise<Moved> {
  const { waiting, tell } = options;
  const { arn, visibilitySeconds } = await factsOf(sqs, queue.url);
  const { paused, wereOff } = await pauseConsumers(lambda, arn, waiting);
  if (wereOff.length > 0) tell(`nobody reads the dead letters of ${queue.name}: ${wereOff.join(", ")} is switched off`);
  try {
    const limitMs = visibilitySeconds * SECOND + LATE_MS;
    const minutes = Math.ceil(visibilitySeconds / 60);
    tell(`${queue.name}: the dead-letter function is paused (${paused.join(", ")}), for ${minutes} minutes at most`);
    let left = 0;
    await waitUntil(waiting, LOOK_EVERY_MS, limitMs, async () => {
      left = (await factsOf(sqs, queue.url)).held;
      return left === 0;
    });
    return { moved: waiting.signal?.aborted === true ? 0 : await moveBack(sqs, queue, waiting), left };
  } finally {
    await resumeConsumers(lambda, paused, waiting);
  }
}

/** Moves all messages that wait in a dead-letter queue back to where they came from. */
import {
  DeleteMessageBatchCommand,
  ListMessageMoveTasksCommand,
  type ListMessageMoveTasksResultEntry,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { TreelineError } from "../kernel/errors.ts";
import { asking, codeOf, statusOf } from "./aws-failure.ts";
import { type DeadLetterQueue, factsOf } from "./dead-letter-queues.ts";
import type { Waiting } from "./waiting.ts";

const LOOK_EVERY_MS = 1_000;
/** Looks until a task that was started, and is not listed, is taken for one that goes on unseen. */
const LONGEST_UNSEEN = 30;
const BATCH = 10;
/** As long as a batch may take on its way from one queue to the other; then it shows again. */
const HIDDEN_SECONDS = 60;
const MISSING = new Set(["InvalidAction", "NotImplemented", "UnknownOperationException", "UnsupportedOperation"]);
const UNDER_WAY = new Set(["RUNNING", "CANCELLING"]);

/** @returns how many, as far as SQS tells */
export async function moveBack(client: SQSClient, queue: DeadLetterQueue, waiting: Waiting): Promise<number> {
  const [{ arn }, { arn: sourceArn }] = await Promise.all([
    factsOf(client, queue.url),
    factsOf(client, queue.sourceUrl),
  ]);
  const started = await startTask(client, queue, arn, sourceArn);
  return started === undefined ? moveByHand(client, queue) : followTask(client, queue, arn, { ...waiting, ...started });
}

// ---- SQS does it ------------------------------------------------------------------------------------------------

interface Started {
  /** When the task before it was started: that one may be listed for a moment longer. */
  readonly before: number | undefined;
}

/** @returns undefined where SQS has no such thing */
async function startTask(
  client: SQSClient,
  queue: DeadLetterQueue,
  arn: string,
  sourceArn: string,
): Promise<Started | undefined> {
  try {
    // There is one task per queue at a time: one that is under way, somebody else's too, is the one to wait for.
    const newest = await newestTask(client, queue, arn);
    if (UNDER_WAY.has(newest?.Status ?? "")) return { before: undefined };
    const command = new StartMessageMoveTaskCommand({ SourceArn: arn, DestinationArn: sourceArn });
    await asking("sqs:StartMessageMoveTask", queue.url, () => client.send(command));
    return { before: newest?.StartedTimestamp };
  } catch (error) {
    if (isMissing(error instanceof TreelineError ? error.cause : error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error !== undefined && (MISSING.has(codeOf(error)) || statusOf(error) === 501);
}

async function followTask(
  client: SQSClient,
  queue: DeadLetterQueue,
  arn: string,
  { before, pause, signal }: Waiting & Started,
): Promise<number> {
  for (let unseen = 0; ; await pause(LOOK_EVERY_MS)) {
    const task = await newestTask(client, queue, arn);
    const isSeen = task !== undefined && (before === undefined || task.StartedTimestamp !== before);
    const {
      Status: status = "",
      ApproximateNumberOfMessagesMoved: moved = 0,
      FailureReason: why = "no reason given",
    } = isSeen ? task : {};
    if (status === "FAILED") {
      const words = `SQS stopped moving ${queue.name} after ${moved} messages: ${why}; the others lie where they were`;
      throw new TreelineError("aws_failed", words);
    }
    if (!isSeen) unseen += 1;
    const isOver = isSeen ? !UNDER_WAY.has(status) : unseen === LONGEST_UNSEEN;
    // What the person does not wait for goes on without him.
    if (isOver || signal?.aborted === true) return Number(moved);
  }
}

async function newestTask(
  client: SQSClient,
  queue: DeadLetterQueue,
  arn: string,
): Promise<ListMessageMoveTasksResultEntry | undefined> {
  const command = new ListMessageMoveTasksCommand({ SourceArn: arn, MaxResults: 1 });
  const { Results: [newest] = [] } = await asking("sqs:ListMessageMoveTasks", queue.url, () => client.send(command));
  return newest;
}

// ---- by hand ----------------------------------------------------------------------------------------------------

/** A message is deleted here only when it has arrived there: it may go twice, which does no harm, but is never lost. */
async function moveByHand(client: SQSClient, queue: DeadLetterQueue): Promise<number> {
  let moved = 0;
  for (;;) {
    const messages = await receive(client, queue);
    if (messages.length === 0) return moved;
    const sent = await sendBack(client, queue, messages);
    await remove(client, queue, sent);
    moved += sent.length;
    if (sent.length < messages.length) {
      const words = `SQS refused ${messages.length - sent.length} messages of ${queue.name}; they lie where they were, ${moved} were moved`;
      throw new TreelineError("aws_failed", words);
    }
  }
}

async function receive(client: SQSClient, { url }: DeadLetterQueue): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: BATCH,
    VisibilityTimeout: HIDDEN_SECONDS,
    // Asks all of SQS's servers: empty means empty.
    WaitTimeSeconds: 1,
    MessageAttributeNames: ["All"],
  });
  const { Messages: messages = [] } = await asking("sqs:ReceiveMessage", url, () => client.send(command));
  return messages;
}

async function sendBack(
  client: SQSClient,
  { sourceUrl }: DeadLetterQueue,
  messages: readonly Message[],
): Promise<readonly Message[]> {
  const command = new SendMessageBatchCommand({
    QueueUrl: sourceUrl,
    Entries: messages.map(({ Body: body, MessageAttributes: attributes }, at) => ({
      Id: String(at),
      MessageBody: body,
      ...(attributes === undefined ? undefined : { MessageAttributes: attributes }),
    })),
  });
  const { Successful: sent = [] } = await asking("sqs:SendMessage", sourceUrl, () => client.send(command));
  const ids = new Set(sent.map(({ Id }) => Id));
  return messages.filter((_, at) => ids.has(String(at)));
}

async function remove(client: SQSClient, { url }: DeadLetterQueue, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  const command = new DeleteMessageBatchCommand({
    QueueUrl: url,
    Entries: messages.map(({ ReceiptHandle: handle }, at) => ({ Id: String(at), ReceiptHandle: handle })),
  });
  const { Failed: failed = [] } = await asking("sqs:DeleteMessage", url, () => client.send(command));
  if (failed.length === 0) return;
  const words = `${failed.length} messages were moved and could not be deleted from ${url}: ${failed[0]?.Code}; they will come once more, which does no harm`;
  throw new TreelineError("aws_failed", words);
}

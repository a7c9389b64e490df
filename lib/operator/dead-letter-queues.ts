/** The dead-letter queues of a stack, and what lies in them. */
import { GetQueueAttributesCommand, type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { parseMessage } from "../homes/aws/messages.ts";
import { asking } from "./aws-failure.ts";
import { outputOf, type Stack } from "./stack.ts";

export const QUEUE_NAMES = ["short-launches", "short-completions", "long-launches", "long-completions"] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

export interface DeadLetterQueue {
  readonly name: QueueName;
  readonly url: string;
  /** Of the queue that its messages come from, and go back to. */
  readonly sourceUrl: string;
}

export interface QueueFacts {
  readonly arn: string;
  readonly waiting: number;
  /** Received by somebody and not deleted: hidden until their visibility timeout is over. */
  readonly held: number;
  readonly visibilitySeconds: number;
}

/** A message, as far as it can be told what it says. */
export interface Letter {
  readonly messageId: string;
  readonly kind?: string;
  /** Of the execution; of a host's end, the host's name. */
  readonly id?: string;
  readonly sentAt?: number;
  /** Why this version cannot read it. */
  readonly unreadable?: string;
  /** The beginning of one that cannot be read. */
  readonly body?: string;
}

const PEEKED = 10;
const SHOWN_BODY = 200;

/** @throws TreelineError `stack_unknown` */
export function deadLetterQueues(stack: Stack, names: readonly QueueName[]): readonly DeadLetterQueue[] {
  return names.map((name) => {
    const title = name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return {
      name,
      url: outputOf(stack, `${title}DeadLettersUrl`),
      sourceUrl: outputOf(stack, `${title}Url`),
    };
  });
}

export async function factsOf(client: SQSClient, url: string): Promise<QueueFacts> {
  const command = new GetQueueAttributesCommand({
    QueueUrl: url,
    AttributeNames: [
      "QueueArn",
      "ApproximateNumberOfMessages",
      "ApproximateNumberOfMessagesNotVisible",
      "VisibilityTimeout",
    ],
  });
  const { Attributes: found = {} } = await asking("sqs:GetQueueAttributes", url, () => client.send(command));
  return {
    arn: found.QueueArn ?? "",
    waiting: Number(found.ApproximateNumberOfMessages ?? 0),
    held: Number(found.ApproximateNumberOfMessagesNotVisible ?? 0),
    visibilitySeconds: Number(found.VisibilityTimeout ?? 0),
  };
}

/** A few of those that wait. Nothing is taken away: they stay visible to all others. */
export async function peek(client: SQSClient, url: string): Promise<readonly Letter[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: PEEKED,
    VisibilityTimeout: 0,
    WaitTimeSeconds: 1,
    MessageSystemAttributeNames: ["SentTimestamp"],
  });
  const { Messages: messages = [] } = await asking("sqs:ReceiveMessage", url, () => client.send(command));
  // What is not hidden may be received twice.
  return [...new Map(messages.map((message) => [message.MessageId ?? "", toLetter(message)])).values()];
}

function toLetter({ MessageId: messageId = "", Body: body = "", Attributes: attributes = {} }: Message): Letter {
  const { SentTimestamp: sent } = attributes;
  const { kind, id, name } = lenient(body);
  const about = id ?? name;
  return {
    messageId,
    ...(typeof kind === "string" ? { kind } : undefined),
    ...(typeof about === "string" ? { id: about } : undefined),
    ...(sent === undefined ? undefined : { sentAt: Number(sent) }),
    ...unreadable(body),
  };
}

/** One of a newer format may still tell whom it is about. */
function lenient(body: string): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(body);
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function unreadable(body: string): Pick<Letter, "unreadable" | "body"> {
  try {
    parseMessage(body);
    return {};
  } catch (error) {
    return { unreadable: (error as Error).message, body: body.slice(0, SHOWN_BODY) };
  }
}

/** Messages that were received too often (D28): their executions fail, and say so; nothing ends silently. */
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { lineOf } from "../../kernel/error-object.ts";
import type { AwsContext } from "./context.ts";
import { findHead } from "./heads.ts";
import { hasEnded } from "./head.ts";
import { parseMessage } from "./messages.ts";

export interface DeadLetterReport extends SQSBatchResponse {
  /** Executions that were given up. */
  readonly gaveUp: number;
}

/** What cannot be read, or is about no execution, stays where it is: an alarm sees it, and a person. */
export async function deadLetters(cx: AwsContext, { Records: records }: SQSEvent): Promise<DeadLetterReport> {
  const outcomes = await Promise.all(
    records.map(async ({ body, messageId }) => ({ messageId, outcome: await giveUpOn(cx, body) })),
  );
  const stays = outcomes.filter(({ outcome }) => outcome === "stays");
  return {
    batchItemFailures: stays.map(({ messageId }) => ({ itemIdentifier: messageId })),
    gaveUp: outcomes.filter(({ outcome }) => outcome === "given up").length,
  };
}

async function giveUpOn(cx: AwsContext, body: string): Promise<"given up" | "over" | "stays"> {
  try {
    const message = parseMessage(body);
    // Even to be given up it was received too often, or it is about a host: nothing is known to help.
    if (message.kind === "give-up" || message.kind === "host") return "stays";
    const { id } = message;
    const head = await findHead(cx.table, id);
    if (head === undefined || hasEnded(head)) return "over";
    const reason = `a message (${message.kind}) for it was received too often and not handled`;
    await cx.queues.send([{ queue: "completions", executor: head.executor, message: { kind: "give-up", id, reason } }]);
    return "given up";
  } catch (error) {
    cx.log({ level: "error", message: `a dead letter cannot be handled: ${lineOf(error)}`, fields: { body } });
    return "stays";
  }
}

import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { home } from "./home.ts";

/** Advances the executions that the messages are about. An older version is called with the same event (D26). */
export function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  return home.handle(event, Date.now() + context.getRemainingTimeInMillis());
}

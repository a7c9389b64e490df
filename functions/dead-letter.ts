import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { openAwsHome } from "../lib/homes/aws/aws-home.ts";
import { readEnv } from "../lib/homes/aws/env.ts";

/** It sends messages and runs no execution: no workflows. */
const home = openAwsHome(readEnv(process.env), []);

/** Fails the executions whose messages died (D28). What cannot be read stays in its queue, where an alarm sees it. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const { batchItemFailures, gaveUp } = await home.deadLetter(event);
  if (gaveUp > 0) console.error({ code: "dead_letter", count: gaveUp });
  return { batchItemFailures };
}

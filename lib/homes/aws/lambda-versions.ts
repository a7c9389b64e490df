/** Hands messages to the version of the executor that their executions began with (D26). */
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { TreelineError } from "../../kernel/errors.ts";
import type { Delivered, Handled, Versions } from "./services.ts";
import { toRecord } from "./sqs-event.ts";
import type { ExecutorClass } from "./messages.ts";

export class LambdaVersions implements Versions {
  readonly #client: LambdaClient;
  readonly #functionName: string;

  constructor(client: LambdaClient, functionName: string) {
    this.#client = client;
    this.#functionName = functionName;
  }

  /** Waits for it: as long as this message is not deleted, the queue covers what that version does. */
  async handle(version: string, _executor: ExecutorClass, delivered: Delivered): Promise<Handled> {
    const event: SQSEvent = { Records: [toRecord(delivered)] };
    const { FunctionError, Payload } = await this.#client.send(
      new InvokeCommand({
        FunctionName: this.#functionName,
        Qualifier: version,
        Payload: Buffer.from(JSON.stringify(event)),
      }),
    );
    const answer = Payload === undefined ? "" : Buffer.from(Payload).toString("utf8");
    if (FunctionError !== undefined) {
      throw new TreelineError("execution_interrupted", `version ${version} of the executor failed: ${answer}`);
    }
    const { batchItemFailures } = JSON.parse(answer) as SQSBatchResponse;
    return batchItemFailures.length === 0 ? "done" : "again";
  }
}

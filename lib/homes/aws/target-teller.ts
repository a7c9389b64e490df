/** Tells those outside whom an execution was asked to tell of its end: queues, event buses, waiting state machines. */
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import {
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from "@aws-sdk/client-sfn";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { TreelineError } from "../../kernel/errors.ts";
import type { CompletionTarget } from "./completion-target.ts";
import type { EndReport, Targets } from "./services.ts";

/** Of Step Functions' outputs, SQS's messages and EventBridge's events, whichever is least. */
const MAX_BYTES = 256_000;
/** Of an error and of a cause. */
const MAX_ERROR = 256;
const MAX_CAUSE = 32_000;

export class TargetTeller implements Targets {
  readonly #sqs: SQSClient;
  readonly #sfn: SFNClient;

  constructor(sqs: SQSClient, sfn: SFNClient) {
    this.#sqs = sqs;
    this.#sfn = sfn;
  }

  async tell(target: CompletionTarget, report: EndReport): Promise<void> {
    if ("taskToken" in target) return this.#completeTask(target.taskToken, report);
    const body = JSON.stringify(fitting(report));
    if ("queue" in target) {
      await this.#sqs.send(new SendMessageCommand({ QueueUrl: target.queue, MessageBody: body }));
      return;
    }
    const { FailedEntryCount = 0, Entries: [first] = [] } = await new EventBridgeClient().send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: target.eventBus,
            Source: "treeline",
            DetailType: "Treeline Execution Ended",
            Detail: body,
          },
        ],
      }),
    );
    if (FailedEntryCount > 0)
      throw new TreelineError("store_failed", `event bus ${target.eventBus} refused the event: ${first?.ErrorMessage}`);
  }

  async #completeTask(taskToken: string, report: EndReport): Promise<void> {
    const output = JSON.stringify(report.output ?? null);
    const isBig = Buffer.byteLength(output) > MAX_BYTES;
    const { error } = report;
    const command =
      report.status === "SUCCEEDED" && !isBig
        ? new SendTaskSuccessCommand({ taskToken, output })
        : new SendTaskFailureCommand({
            taskToken,
            error: (isBig ? "TreelineOutputTooLarge" : (error?.type ?? report.status)).slice(0, MAX_ERROR),
            cause: (isBig ? tooBig(report) : JSON.stringify(report)).slice(0, MAX_CAUSE),
          });
    // One that timed out, or was told before, waits no more.
    await (this.#sfn.send as (c: typeof command) => Promise<unknown>)
      .call(this.#sfn, command)
      .catch((thrown: unknown) => {
        const isOver = [InvalidToken, TaskTimedOut, TaskDoesNotExist].some((kind) => thrown instanceof kind);
        if (!isOver) throw thrown;
      });
  }
}

/** What does not fit is left out; the id leads to it. */
function fitting(report: EndReport): EndReport {
  if (Buffer.byteLength(JSON.stringify(report)) <= MAX_BYTES) return report;
  const { output: _, ...rest } = report;
  return { ...rest, outputOmitted: true };
}

function tooBig({ executionId }: EndReport): string {
  return `the output of execution ${executionId} has more than ${MAX_BYTES} bytes; read it through the API, or return a reference`;
}

/** The queues on SQS. */
import { ChangeMessageVisibilityCommand, SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { TreelineError } from "../../kernel/errors.ts";
import type { AwsEnv } from "./env.ts";
import { toBody } from "./messages.ts";
import type { Queues, Receipt, Sending } from "./services.ts";

/** Of SendMessageBatch. */
const BATCH = 10;
const ATTEMPTS = 3;
/** A message is hidden for twelve hours at most. */
const LONGEST_POSTPONED_SECONDS = 12 * 60 * 60;

export class SqsQueues implements Queues {
  readonly #client: SQSClient;
  readonly #urls: AwsEnv["queues"];

  constructor(client: SQSClient, urls: AwsEnv["queues"]) {
    this.#client = client;
    this.#urls = urls;
  }

  async send(messages: readonly Sending[]): Promise<void> {
    const byUrl = Map.groupBy(messages, ({ queue, executor }) => this.#urls[executor][queue]);
    const batches = [...byUrl].flatMap(([url, all]) =>
      Array.from({ length: Math.ceil(all.length / BATCH) }, (_, at) => ({
        url,
        batch: all.slice(at * BATCH, (at + 1) * BATCH),
      })),
    );
    await Promise.all(batches.map(({ url, batch }) => this.#sendBatch(url, batch)));
  }

  /** A batch may go through in part: what did not is sent again. */
  async #sendBatch(url: string, batch: readonly Sending[]): Promise<void> {
    let left = batch.map(({ message, delaySeconds }, at) => ({
      Id: String(at),
      MessageBody: toBody(message, batch.length),
      ...(delaySeconds === undefined ? undefined : { DelaySeconds: delaySeconds }),
    }));
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const { Failed: failed = [] } = await this.#client.send(
        new SendMessageBatchCommand({ QueueUrl: url, Entries: left }),
      );
      if (failed.length > 0 && attempt === ATTEMPTS) {
        const [first] = failed;
        const words = `SQS refused ${failed.length} of ${batch.length} messages: ${first?.Code ?? ""} ${first?.Message ?? ""}`;
        throw new TreelineError("store_failed", words);
      }
      const ids = new Set(failed.map(({ Id }) => Id));
      left = left.filter(({ Id }) => ids.has(Id));
    }
  }

  async postpone({ queueArn, handle }: Receipt, seconds: number): Promise<void> {
    const url = this.#urlOf(queueArn);
    if (url === undefined) return;
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: url,
      ReceiptHandle: handle,
      VisibilityTimeout: Math.min(seconds, LONGEST_POSTPONED_SECONDS),
    });
    // It comes back at its visibility timeout if this fails: only later, or earlier, than it need.
    await this.#client.send(command).catch(() => undefined);
  }

  /** Both end with the queue's name. */
  #urlOf(arn: string): string | undefined {
    const name = arn.slice(arn.lastIndexOf(":") + 1);
    return Object.values(this.#urls)
      .flatMap(({ launches, completions }) => [launches, completions])
      .find((url) => url.endsWith(`/${name}`));
  }
}

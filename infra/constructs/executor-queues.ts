import type { Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import { WorkQueue, type WorkQueueProps } from "./work-queue.ts";

/** The two queues of an executor class: executions to begin, and what happened to those that have begun. */
export class ExecutorQueues extends Construct {
  readonly launches: WorkQueue;
  readonly completions: WorkQueue;
  readonly visibilityTimeout: Duration;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    this.visibilityTimeout = props.visibilityTimeout;
    this.launches = new WorkQueue(this, "Launches", props);
    this.completions = new WorkQueue(this, "Completions", props);
  }

  get urls(): { readonly launches: string; readonly completions: string } {
    return { launches: this.launches.queue.queueUrl, completions: this.completions.queue.queueUrl };
  }

  get all(): readonly WorkQueue[] {
    return [this.launches, this.completions];
  }
}

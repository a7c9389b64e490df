import { Duration } from "aws-cdk-lib";
import { Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

export interface WorkQueueProps {
  /** Never shorter than the timeout of the function that consumes it. */
  readonly visibilityTimeout: Duration;
  /** Deliveries until a message is dead: more than the interruptions that an execution survives (D28). */
  readonly maxReceiveCount: number;
}

const RETENTION = Duration.days(14);

/** A dead letter that nobody can read comes back so often, and stays visible to its alarm. */
const DEAD_LETTER_VISIBILITY = Duration.minutes(15);

/** A queue and its dead-letter queue. Both keep messages as long as SQS can: 14 days (D28). */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, "DeadLetters", { ...SAFE, visibilityTimeout: DEAD_LETTER_VISIBILITY });
    this.queue = new Queue(this, "Queue", {
      ...SAFE,
      visibilityTimeout: props.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.maxReceiveCount },
    });
  }
}

/** What every queue of ours has. */
export const SAFE = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: RETENTION,
} as const satisfies QueueProps;

/** SQS for tests: messages that are hidden for a while, and tasks that move them. */
import { createHash } from "node:crypto";
import { type Json, Refusal } from "./fake-refusal.ts";

interface Letter {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  hiddenUntil: number;
}

interface MoveTask {
  readonly from: string;
  readonly to: string;
  status: "RUNNING" | "COMPLETED" | "FAILED";
  moved: number;
}

const PREFIX = "arn:aws:sqs:eu-central-1:000000000000:";
const VISIBILITY_SECONDS = 900;
const BATCH = 10;

export class FakeQueues {
  readonly letters = new Map<string, Letter[]>();
  readonly tasks: MoveTask[] = [];
  /** Of what is sent to a queue, refuses what holds this. */
  refuses: string | undefined;
  /** A task comes so far, then it fails. */
  taskFailsAfter = Number.POSITIVE_INFINITY;
  /** So often the list of tasks is the one from before the last was started. */
  oldLists = 0;
  readonly #now: () => number;
  readonly #isRead: (arn: string) => boolean;
  #count = 0;

  /** @param isRead does a function read the queue, without ever deleting what it reads? */
  constructor(now: () => number, isRead: (arn: string) => boolean) {
    this.#now = now;
    this.#isRead = isRead;
  }

  create(name: string): string {
    this.letters.set(name, []);
    return `https://sqs.eu-central-1.amazonaws.com/000000000000/${name}`;
  }

  put(name: string, ...bodies: readonly string[]): void {
    for (const body of bodies) {
      this.#count += 1;
      this.#of(name).push({ id: `m-${this.#count}`, body, sentAt: this.#now(), hiddenUntil: 0 });
    }
  }

  bodies(name: string): readonly string[] {
    return this.#of(name).map(({ body }) => body);
  }

  visible(name: string): Letter[] {
    const letters = this.#of(name);
    const now = this.#now();
    for (const letter of letters) {
      if (letter.hiddenUntil <= now && this.#isRead(PREFIX + name))
        letter.hiddenUntil = now + VISIBILITY_SECONDS * 1_000;
    }
    return letters.filter(({ hiddenUntil }) => hiddenUntil <= now);
  }

  handle(operation: string, input: Json): unknown {
    const { QueueUrl: url = "" } = input as { QueueUrl?: string };
    const name = url.slice(url.lastIndexOf("/") + 1);
    const entries = (input["Entries"] ?? []) as readonly Json[];
    switch (operation) {
      case "GetQueueAttributes":
        return this.#attributes(name);
      case "ReceiveMessage":
        return this.#receive(name, Number(input["MaxNumberOfMessages"]), Number(input["VisibilityTimeout"]));
      case "SendMessageBatch":
        return this.#send(name, entries);
      case "DeleteMessageBatch":
        return this.#delete(name, entries);
      case "StartMessageMoveTask":
        return this.#start(String(input["SourceArn"]), String(input["DestinationArn"]));
      case "ListMessageMoveTasks":
        return this.#list(String(input["SourceArn"]));
      default:
        throw new Refusal("InvalidAction", `the fake does not know ${operation}`);
    }
  }

  #of(name: string): Letter[] {
    const letters = this.letters.get(name);
    if (letters === undefined) throw new Refusal("QueueDoesNotExist", `no queue ${name}`);
    return letters;
  }

  #attributes(name: string): unknown {
    const visible = this.visible(name).length;
    const counts = {
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(this.#of(name).length - visible),
    };
    return { Attributes: { QueueArn: PREFIX + name, VisibilityTimeout: String(VISIBILITY_SECONDS), ...counts } };
  }

  #receive(name: string, most: number, hiddenSeconds: number): unknown {
    const received = this.visible(name).slice(0, most);
    for (const letter of received) letter.hiddenUntil = this.#now() + hiddenSeconds * 1_000;
    return {
      Messages: received.map(({ id, body, sentAt }) => ({
        MessageId: id,
        ReceiptHandle: id,
        Body: body,
        MD5OfBody: md5(body),
        Attributes: { SentTimestamp: String(sentAt) },
      })),
    };
  }

  #send(name: string, entries: readonly Json[]): unknown {
    const isRefused = (entry: Json): boolean =>
      this.refuses !== undefined && String(entry["MessageBody"]).includes(this.refuses);
    const sent = entries.filter((entry) => !isRefused(entry));
    this.put(name, ...sent.map((entry) => String(entry["MessageBody"])));
    return {
      Successful: sent.map(({ Id, MessageBody }) => ({
        Id,
        MessageId: "m",
        MD5OfMessageBody: md5(String(MessageBody)),
      })),
      Failed: entries.filter(isRefused).map(({ Id }) => ({ Id, Code: "InternalError", SenderFault: false })),
    };
  }

  #delete(name: string, entries: readonly Json[]): unknown {
    const handles = new Set(entries.map((entry) => entry["ReceiptHandle"]));
    this.letters.set(
      name,
      this.#of(name).filter(({ id }) => !handles.has(id)),
    );
    return { Successful: entries.map(({ Id }) => ({ Id })), Failed: [] };
  }

  #start(from: string, to: string): unknown {
    if (this.tasks.some((task) => task.from === from && task.status === "RUNNING")) {
      throw new Refusal("InvalidParameterValue", "There is already a task running.");
    }
    this.tasks.push({ from, to, status: "RUNNING", moved: 0 });
    return { TaskHandle: "handle" };
  }

  /** A task goes on when it is looked at: ten messages at a time. */
  #list(from: string): unknown {
    const tasks = this.tasks.filter((each) => each.from === from);
    const isOld = this.oldLists > 0 && tasks.at(-1)?.status === "RUNNING";
    if (isOld) this.oldLists -= 1;
    const task = tasks.at(isOld ? -2 : -1);
    if (task === undefined) return { Results: [] };
    if (task.status === "RUNNING") this.#goOn(task);
    const { status, moved } = task;
    const failed = status === "FAILED" ? { FailureReason: "AccessDenied" } : undefined;
    const facts = { Status: status, SourceArn: from, StartedTimestamp: this.tasks.indexOf(task) };
    return { Results: [{ ...facts, ApproximateNumberOfMessagesMoved: moved, ...failed }] };
  }

  #goOn(task: MoveTask): void {
    const from = task.from.slice(PREFIX.length);
    const batch = this.visible(from).slice(0, BATCH);
    this.put(task.to.slice(PREFIX.length), ...batch.map(({ body }) => body));
    this.letters.set(
      from,
      this.#of(from).filter((letter) => !batch.includes(letter)),
    );
    task.moved += batch.length;
    if (task.moved >= this.taskFailsAfter) task.status = "FAILED";
    else if (this.visible(from).length === 0) task.status = "COMPLETED";
  }
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/** The other services, as the protocol sees them. Ports: SDK clients stand behind them, and a simulator in the tests. */
import type { ErrorObject, TerminalStatus } from "../../kernel/journal.ts";
import type { CompletionTarget } from "./completion-target.ts";
import type { ExecutorClass, Message } from "./messages.ts";

export type QueueKind = "launches" | "completions";

export interface Sending {
  readonly queue: QueueKind;
  readonly executor: ExecutorClass;
  readonly message: Message;
  /** Whole seconds, at most `MAX_DELAY_SECONDS`. @default 0 */
  readonly delaySeconds?: number;
}

/** SQS holds a message back no longer. */
export const MAX_DELAY_SECONDS = 900;

export interface Queues {
  /** Resolves when every one of them is in its queue. */
  send(messages: readonly Sending[]): Promise<void>;
  /** The message comes back so much later (D28: one that was refused because of a lease, at the lease's end). */
  postpone(receipt: Receipt, seconds: number): Promise<void>;
}

/** Of one delivery of a message. */
export interface Receipt {
  readonly queueArn: string;
  readonly handle: string;
}

/** Holds what waits long: a Step Functions execution that stands in `Park` until its deadline. */
export interface Host {
  readonly name: string;
  readonly input: HostInput;
}

/** Readable in the console: whose wait it is. */
export interface HostInput {
  readonly id: string;
  readonly workflow: string;
  readonly path: string;
  readonly rootId: string;
  readonly parentId?: string;
  readonly host: number;
  readonly until: string;
  readonly timeoutSeconds: number;
  readonly key: { readonly pk: string; readonly sk: string };
}

export interface Hosts {
  /** Opening one of that name twice opens it once. @returns whether it was opened now */
  open(host: Host, executor: ExecutorClass): Promise<boolean>;
  /** Ends the host that waits with this token; one that is over is left alone. */
  release(token: string): Promise<void>;
}

/** What those are told who asked to hear of an end. Plain JSON. */
export interface EndReport {
  readonly executionId: string;
  readonly publicId: string;
  readonly namespace: string;
  readonly workflow: string;
  readonly status: TerminalStatus;
  readonly output?: unknown;
  readonly error?: Pick<ErrorObject, "type" | "message" | "code">;
  /** It is too big to be sent. */
  readonly outputOmitted?: true;
}

export interface Targets {
  /** Once or more. */
  tell(target: CompletionTarget, report: EndReport): Promise<void>;
}

/** Runs messages on another version of the executor, whose executions they are about (D26). */
export interface Versions {
  /** Resolves when that version has handled it. @throws when it has not: the message comes back */
  handle(version: string, executor: ExecutorClass, delivery: Delivered): Promise<Handled>;
}

/** A message as it came. */
export interface Delivered {
  readonly messageId: string;
  readonly body: string;
  readonly receipt: Receipt;
  /** Messages that came with it, itself counted: they share the invocation. @default 1 */
  readonly batch?: number;
}

/** `again`: it must come back. */
export type Handled = "done" | "again";

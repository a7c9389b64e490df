/** A start by whoever may invoke the start function: a script, or a state of a state machine that waits for the end. */
import { createHash } from "node:crypto";
import { TreelineError } from "../kernel/errors.ts";
import type { CompletionTarget } from "../homes/aws/completion-target.ts";
import type { Client, ClientHandle, ClientStartOptions } from "../ports/client.ts";
import { startOnce } from "./start-once.ts";

export interface StartEvent {
  readonly workflow: string;
  /** @default undefined: the workflow's schema decides whether it can do without */
  readonly input?: unknown;
  /** The execution's public id. @default one of its own */
  readonly id?: string;
  /** @default "default" */
  readonly namespace?: string;
  /** Repeated with the same key, a start is one start. @default the task token, where there is one */
  readonly idempotencyKey?: string;
  /** Of a state that waits: it gets the output, or fails with the error. */
  readonly taskToken?: string;
  /** Who else is told of the end. */
  readonly onEnd?: readonly CompletionTarget[];
}

/** What starting needs of the home. */
export interface Notifying {
  readonly client: Client;
  /** Has the execution tell `target` of its end, once or more; at once when it has ended. */
  notify(executionId: string, target: CompletionTarget): Promise<void>;
}

/** @throws TreelineError `invalid_argument`, and whatever a start is refused with: a state's `Catch` gets its name */
export async function startInvoked(home: Notifying, event: StartEvent): Promise<{ executionId: string }> {
  if (typeof event.workflow !== "string" || event.workflow === "") {
    throw new TreelineError("invalid_argument", 'the start needs {"workflow": NAME, "input": …}; it names no workflow');
  }
  const { executionId } = await start(home.client, event);
  for (const target of targetsOf(event)) await home.notify(executionId, target);
  return { executionId };
}

async function start(client: Client, event: StartEvent): Promise<ClientHandle> {
  const { workflow, input, id, namespace, taskToken } = event;
  const options: ClientStartOptions = {
    ...(id === undefined ? undefined : { id }),
    ...(namespace === undefined ? undefined : { namespace }),
  };
  const key = event.idempotencyKey ?? (taskToken === undefined || id !== undefined ? undefined : keyOf(taskToken));
  if (key === undefined) return client.start(workflow, input, options);
  const { handle } = await startOnce(client, { workflow, input, options, key });
  return handle;
}

/** Tokens are long, and keys are not. */
function keyOf(taskToken: string): string {
  return `task:${createHash("sha256").update(taskToken).digest("base64url")}`;
}

function targetsOf({ taskToken, onEnd = [] }: StartEvent): readonly CompletionTarget[] {
  return taskToken === undefined ? onEnd : [{ taskToken }, ...onEnd];
}

/** Children: start them, wait for them, address them. The engine starts them; here they become requests (K7). */
import type {
  AnyWorkflow,
  ExecuteOptions,
  ExecutionHandle,
  Outcome,
  RequestOptions,
  ResultOptions,
  StartOptions,
} from "./context.ts";
import type { Workflow } from "./definition.ts";
import { type Duration, toMillis } from "./duration.ts";
import { LimitError, TreelineError } from "./errors.ts";
import type { CancellationType, ChildDetails, ExecutionStatus, OnTimeout, OpDetails } from "./journal.ts";
import type { Machine } from "./machine.ts";
import type { Mutable } from "./mutable.ts";
import type { Operation } from "./operation.ts";
import { encode } from "./payload.ts";
import { AUTHOR_OPTIONS } from "./option-table.ts";
import { check } from "./options.ts";
import { checkText } from "./plain.ts";
import { toPolicyData } from "./retry.ts";
import type { Scope } from "./scope.ts";
import { encodeState } from "./state.ts";

export function execute(
  machine: Machine,
  scope: Scope,
  workflow: AnyWorkflow,
  input: unknown,
  options: ExecuteOptions,
): Promise<unknown> {
  return settle(() => {
    check(AUTHOR_OPTIONS.ExecuteOptions, options, "ctx.execute", nameOf(workflow).name);
    const operation = requestChild(machine, scope, workflow, input, { ...options, awaited: true });
    return operation.promise;
  });
}

export function start(
  machine: Machine,
  scope: Scope,
  workflow: AnyWorkflow,
  input: unknown,
  options: StartOptions,
): Promise<ExecutionHandle> {
  return settle(() => {
    check(AUTHOR_OPTIONS.StartOptions, options, "ctx.start", nameOf(workflow).name);
    const operation = requestChild(machine, scope, workflow, input, { ...options, awaited: false });
    const child = operation.entry.d?.child;
    const own = child !== undefined && child.policy !== "abandon";
    const workflowName = child?.workflow ?? "";
    const handle = new Handle(machine, scope, child?.id ?? "", workflowName, own);
    // Somebody else's execution, where the id was taken and that was wanted.
    return handled(
      operation.promise.then((id) =>
        typeof id === "string" ? new Handle(machine, scope, id, workflowName, false) : handle,
      ),
    );
  });
}

export function attach(machine: Machine, scope: Scope, executionId: string): ExecutionHandle {
  if (typeof executionId !== "string" || executionId === "") {
    throw new TreelineError("invalid_argument", "ctx.attach needs the id of an execution");
  }
  return new Handle(machine, scope, executionId, "", false);
}

/** Arguments are wrong: the promise rejects, nothing is requested. */
function settle<T>(run: () => Promise<T>): Promise<T> {
  try {
    return run();
  } catch (error) {
    return handled(Promise.reject(error));
  }
}

/** Nobody may be listening yet, or ever; the error still reaches whoever awaits. Operations see to it themselves. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function requestChild(
  machine: Machine,
  scope: Scope,
  workflow: AnyWorkflow,
  input: unknown,
  options: ExecuteOptions & { awaited: boolean },
): Operation {
  const details = childDetails(machine, workflow, input, options);
  const name = options.name ?? details.workflow;
  if (options.awaited && machine.children.awaited >= machine.options.maxPendingChildren) {
    throw new LimitError(
      "pending_children_exceeded",
      `${machine.info.workflow} (${machine.info.executionId}) already waits for ${machine.children.awaited} children, the limit; ` +
        "use ctx.executeAll with maxConcurrency, or raise maxPendingChildren",
    );
  }
  const key = scope.keys.next("CHILD", name);
  const child: ChildDetails = { id: machine.childId(key), ...details };
  return machine.requestAs(scope, key, "CHILD", name, {
    details: { child, ...waitDetails(machine, options) },
    meta: options.meta,
  });
}

export function nameOf(workflow: AnyWorkflow): { name: string } {
  if (typeof workflow === "string") return { name: workflow };
  if (typeof workflow === "object" && workflow !== null && typeof (workflow as Workflow).name === "string")
    return workflow as Workflow;
  throw new TreelineError("invalid_argument", "a child needs a workflow made by workflow(), or the name of one");
}

/** What is recorded of a child before it can run. @throws TreelineError, SerdesFailedError when arguments are wrong */
export function childDetails(
  machine: Machine,
  workflow: AnyWorkflow,
  input: unknown,
  options: ExecuteOptions & { awaited: boolean },
): Omit<ChildDetails, "id"> {
  const target = nameOf(workflow);
  if (typeof workflow === "object") machine.introduce(workflow);
  const { id, parentClosePolicy, executionTimeout, retry, startDelay, state } = options;
  const { idConflict, idReuse, allowRecursion, attributes, summary, meta } = options;
  const version = meantVersion(workflow, options);
  // Priority is inherited where the child does not say its own (T29).
  const priority = options.priority ?? machine.info.priority;
  const details: Mutable<Omit<ChildDetails, "id">> = {
    workflow: target.name,
    input: encode(input, `input of ${target.name}`),
    awaited: options.awaited,
    policy: parentClosePolicy ?? (options.awaited ? "terminate" : "abandon"),
  };
  if (version !== undefined) details.version = version;
  if (idConflict !== undefined) details.idConflict = idConflict;
  if (idReuse !== undefined) details.idReuse = idReuse;
  if (allowRecursion !== undefined) details.allowRecursion = allowRecursion;
  if (attributes !== undefined) details.attributes = attributes;
  if (summary !== undefined) details.summary = summary;
  if (meta !== undefined) details.meta = meta;
  if (id !== undefined) details.publicId = id;
  if (priority !== undefined) details.priority = priority;
  if (executionTimeout !== undefined) details.executionTimeoutMs = positive(executionTimeout, "executionTimeout");
  if (retry !== undefined) details.retry = toPolicyData(retry);
  if (startDelay !== undefined) details.startDelayMs = toMillis(startDelay, "startDelay");
  if (state !== undefined) details.state = encodeState(state, `state of ${target.name}`);
  return details;
}

/** An object is the very workflow that is meant, whichever of that name is the current one. */
function meantVersion(workflow: AnyWorkflow, options: StartOptions): string | undefined {
  return options.version ?? (typeof workflow === "string" ? undefined : (workflow as Workflow).version);
}

function waitDetails(machine: Machine, options: ExecuteOptions): OpDetails {
  const { timeout, onTimeout, cancellationType } = options;
  // With `use_existing` the defaults depend on which execution will be waited for (cancellation.ts).
  const isOwn = options.idConflict !== "use_existing";
  // Who lets go of the child when the parent ends lets go of it when the parent is cancelled (M06).
  const ownCancellation = options.parentClosePolicy === "abandon" ? "abandon" : "wait_completed";
  const cancellation = cancellationType ?? (isOwn ? ownCancellation : undefined);
  const then = onTimeout ?? (isOwn ? "request_cancel" : undefined);
  return {
    ...(cancellation === undefined ? undefined : { cancellation }),
    ...(timeout === undefined ? undefined : { due: machine.now + toMillis(timeout, "timeout") }),
    ...(timeout === undefined || then === undefined ? undefined : { onTimeout: then }),
  };
}

export function positive(duration: Duration, what: string): number {
  const ms = toMillis(duration, what);
  if (ms > 0) return ms;
  throw new TreelineError("invalid_argument", `${what} must be longer than nothing`);
}

class Handle implements ExecutionHandle {
  readonly executionId: string;
  readonly workflow: string;
  readonly #machine: Machine;
  readonly #scope: Scope;
  /** Started here with a policy that ties it to us: a cancel of our wait reaches it. */
  readonly #own: boolean;

  constructor(machine: Machine, scope: Scope, executionId: string, workflow: string, own: boolean) {
    this.executionId = executionId;
    this.workflow = workflow;
    this.#machine = machine;
    this.#scope = scope;
    this.#own = own;
  }

  toJSON(): { executionId: string } {
    return { executionId: this.executionId };
  }

  result(options: ResultOptions = {}): Promise<unknown> {
    return settle(() => {
      check(AUTHOR_OPTIONS.ResultOptions, options, "handle.result", this.workflow);
      return this.wait(options).promise;
    });
  }

  outcome(options: ResultOptions = {}): Promise<Outcome> {
    return settle(() => {
      check(AUTHOR_OPTIONS.ResultOptions, options, "handle.outcome", this.workflow);
      const operation = this.wait(options);
      operation.wantsOutcome = true;
      return operation.promise as Promise<Outcome>;
    });
  }

  /** The operation that hears of its end. */
  wait(options: ResultOptions): Operation {
    this.#machine.use(this.#scope, "the result of a handle");
    const { timeout, onTimeout, cancellationType } = options;
    const then: OnTimeout = onTimeout ?? "abandon";
    const cancellation: CancellationType = cancellationType ?? (this.#own ? "wait_completed" : "abandon");
    const due =
      timeout === undefined ? undefined : { due: this.#machine.now + toMillis(timeout, "timeout"), onTimeout: then };
    return this.#machine.request(this.#scope, "ATTACH", this.workflow === "" ? this.executionId : this.workflow, {
      details: { target: this.executionId, cancellation, ...due },
      meta: options.meta,
    });
  }

  status(options?: RequestOptions): Promise<ExecutionStatus> {
    return this.#request("status", () => ({}), options);
  }

  signal(name: string, payload?: unknown, options?: RequestOptions): Promise<void> {
    return this.#request(
      "signal",
      () => ({ signal: text(name, "the name of a signal"), payload: encode(payload, `payload of signal ${name}`) }),
      options,
    );
  }

  cancel(reason = "", options?: RequestOptions): Promise<void> {
    return this.#request("cancel", () => ({ reason: text(reason, "a reason") }), options);
  }

  stop(reason = "", options?: RequestOptions): Promise<void> {
    return this.#request("stop", () => ({ reason: text(reason, "a reason") }), options);
  }

  #request<T>(
    action: NonNullable<OpDetails["action"]>,
    extra: () => OpDetails,
    options: RequestOptions = {},
  ): Promise<T> {
    this.#machine.use(this.#scope, `${action} of a handle`);
    return settle(() => {
      check(AUTHOR_OPTIONS.RequestOptions, options, `handle.${action}`, this.workflow);
      const details: OpDetails = { action, target: this.executionId, ...extra() };
      return this.#machine.request(this.#scope, "REQUEST", action, { details, meta: options.meta })
        .promise as Promise<T>;
    });
  }
}

function text(value: string, what: string): string {
  checkText(value, what);
  return value;
}

export function isHandle(value: unknown): value is Handle {
  return value instanceof Handle;
}

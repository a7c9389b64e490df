/**
 * A workflow run as a plain function of this process (M11): no engine, no journal, nothing survives.
 *
 * Job: drive the kernel's machine with timers and promises of this process, children included. Boundary: what comes
 * from outside (signals, callbacks, patches of the state) does not exist here and is refused in words; timeouts of
 * executions and steps, close policies and retries of whole executions are ignored, as in Mistral's Workflows.
 */
import { ContextApi } from "../../kernel/context-api.ts";
import type { ExecutionInfo } from "../../kernel/context.ts";
import type { Workflow } from "../../kernel/definition.ts";
import {
  ExecutionNotFoundError,
  LimitError,
  StoppedError,
  TreelineError,
  WorkflowDefinitionError,
} from "../../kernel/errors.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import type {
  ChildDetails,
  Delivery,
  ErrorObject,
  ExecutionStatus,
  OpDetails,
  OutcomeExtras,
  Payload,
  RunEntry,
} from "../../kernel/journal.ts";
import { pathSegment } from "../../kernel/keys.ts";
import type { CodeResult, KernelHost, LogLevel } from "../../kernel/kernel-host.ts";
import { Machine } from "../../kernel/machine.ts";
import type { Operation } from "../../kernel/operation.ts";
import { decode, encode } from "../../kernel/payload.ts";
import { validate } from "../../kernel/schema.ts";
import { encodeStateMap } from "../../kernel/state.ts";
import { currentContext } from "./current-context.ts";
import { InProcessSteps } from "./in-process-steps.ts";

const MAX_DEPTH = 32;
/** `setTimeout` takes no more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws what the workflow throws, and ValidationError when its input or output does not fit */
export async function runInProcess(workflow: Workflow, input: unknown): Promise<unknown> {
  const id = `local${crypto.randomUUID().replaceAll("-", "")}`;
  const place = { executionId: id, publicId: id, rootId: id, depth: 0, path: workflow.name };
  const execution = await new Family().begin(workflow, place, encode(input, "input"));
  const end = await execution.end;
  if ("thrown" in end) throw end.thrown;
  return decode(end.v);
}

type Place = Pick<
  ExecutionInfo,
  "executionId" | "publicId" | "rootId" | "depth" | "path" | "parentId" | "parentOperation"
>;

type End = { readonly extras: OutcomeExtras } & (
  | { readonly v: Payload }
  | { readonly thrown: unknown; readonly e: ErrorObject; readonly status: "FAILED" | "CANCELLED" | "STOPPED" }
);

/** The executions of one call, by their ids. */
class Family {
  readonly #workflows = new Map<string, Workflow>();
  readonly #executions = new Map<string, InProcess>();

  introduce(workflow: Workflow): void {
    this.#workflows.set(workflow.name, workflow);
  }

  workflow(name: string): Workflow {
    const workflow = this.#workflows.get(name);
    if (workflow !== undefined) return workflow;
    throw new TreelineError(
      "workflow_unknown",
      `workflow ${name} is not known in process: hand it over as an object, not by its name`,
    );
  }

  execution(target: string): InProcess {
    const execution = this.#executions.get(target);
    if (execution !== undefined) return execution;
    throw new ExecutionNotFoundError(`there is no execution ${target} in this process`);
  }

  async begin(workflow: Workflow, place: Place, input: Payload, state?: Payload): Promise<InProcess> {
    this.introduce(workflow);
    if (place.depth > MAX_DEPTH)
      throw new LimitError("depth_exceeded", `${place.path}: depth ${place.depth} is beyond the limit of ${MAX_DEPTH}`);
    const valid = await validate(workflow.input, decode(input), `input of ${workflow.name}`);
    const execution = new InProcess(this, workflow, place);
    this.#executions.set(place.executionId, execution);
    this.#executions.set(place.publicId, execution);
    execution.run({
      g: 1,
      cause: "start",
      input: encode(valid, `input of ${workflow.name}`),
      ...(state === undefined ? undefined : { state }),
    });
    return execution;
  }
}

class InProcess implements KernelHost {
  readonly end: Promise<End>;
  readonly #family: Family;
  readonly #workflow: Workflow;
  readonly #place: Place;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** As `handle.status()` tells it. */
  status: ExecutionStatus = "RUNNING";
  #machine!: Machine;
  #steps!: InProcessSteps;
  #resolve!: (end: End) => void;

  constructor(family: Family, workflow: Workflow, place: Place) {
    this.#family = family;
    this.#workflow = workflow;
    this.#place = place;
    this.end = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  run(begin: Pick<RunEntry, "g" | "cause" | "input" | "state" | "children">): void {
    const info: ExecutionInfo = {
      ...this.#place,
      namespace: "default",
      workflow: this.#workflow.name,
      version: this.#workflow.version,
      generation: begin.g,
      attempt: 1,
    };
    this.#machine = new Machine({
      workflow: this.#workflow,
      info,
      run: { t: "run", a: 1, at: Date.now(), ...begin },
      history: [],
      host: this,
      createContext: (machine, scope) => new ContextApi(machine, scope),
      maxPendingChildren: Number.POSITIVE_INFINITY,
      maxPayload: Number.POSITIVE_INFINITY,
      continueAsNewAt: { operations: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
    });
    this.#steps = new InProcessSteps(this.#machine, (key, due, then) => this.#at(key, due, then));
    this.#machine.start();
  }

  cancel(reason: string): void {
    this.#machine.deliver({ t: "in", kind: "cancel", id: crypto.randomUUID(), n: reason, at: Date.now() });
  }

  stop(reason: string): void {
    if (this.#machine.ended) return;
    this.#machine.abort();
    this.#threw(
      "STOPPED",
      new StoppedError("stopped", reason === "" ? "the execution was stopped" : `stopped: ${reason}`),
    );
  }

  // ---- KernelHost ---------------------------------------------------------------------------------------------

  /** Nothing is kept. */
  append(): void {}
  misplaced(): string | undefined {
    return currentContext() === undefined ? "in the body of a step, or outside of workflow code" : undefined;
  }
  idle(): void {}

  introduced(workflow: Workflow): void {
    this.#family.introduce(workflow);
  }

  drain(callback: () => void): void {
    setImmediate(callback);
  }

  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> | undefined): void {
    console[level](...(fields === undefined ? [message] : [message, fields]));
  }

  attempted(operation: Operation): void {
    this.#steps.again(operation);
  }

  dropped(operation: Operation): void {
    clearTimeout(this.#timers.get(operation.key));
    this.#timers.delete(operation.key);
    this.#steps.abort(operation);
  }

  started(operation: Operation): void {
    const { kind, key, entry } = operation;
    const d = entry.d ?? {};
    switch (kind) {
      case "STEP":
      case "CONDITION":
        return this.#steps.begin(operation);
      case "WAIT":
        return this.#at(key, d.due ?? 0, () => this.#answer(key));
      case "CALLBACK":
        return this.#refuse(key, `callback ${entry.n}`);
      case "RECEIVE":
        return this.#receive(operation, d);
      case "CHILD":
        this.#armFire(operation);
        return d.child === undefined ? undefined : this.#carry(key, this.#launch(key, d.child));
      case "ATTACH":
        this.#armFire(operation);
        return this.#carry(key, this.#watch(key, d.target ?? ""));
      case "REQUEST":
        return this.#carry(key, d.action === "continue" ? this.#continue(d) : this.#request(key, d));
      case "CONTEXT":
        return undefined;
      default:
        return kind satisfies never;
    }
  }

  finished(result: CodeResult): void {
    if (result.kind === "threw")
      return this.#threw(result.status === "CANCELLED" ? "CANCELLED" : "FAILED", result.error);
    if (result.kind === "returned") return void this.#returned(result.value);
    const { state, children } = this.#machine.carried();
    const carried = {
      ...(state === undefined ? undefined : { state }),
      ...(children === undefined ? undefined : { children }),
    };
    return this.run({ g: this.#machine.info.generation + 1, cause: "continue", input: result.input, ...carried });
  }

  // ---- operations ---------------------------------------------------------------------------------------------

  #answer(k: string, v?: Payload, o?: OutcomeExtras): void {
    this.#deliver({
      t: "ok",
      k,
      at: Date.now(),
      ...(v === undefined ? undefined : { v }),
      ...(o === undefined ? undefined : { o }),
    });
  }

  #deliver(entry: Delivery): void {
    this.#machine.deliver(entry);
  }

  #refuse(key: string, what: string): void {
    const { path } = this.#place;
    const message = `${path} runs in process, where nothing comes from outside: ${what} needs an engine (openEngine)`;
    this.#deliver({ t: "err", k: key, at: Date.now(), e: toErrorObject(new WorkflowDefinitionError(message)) });
  }

  /** What concerns children and the workflow's own time works; `waitForState` has no names, `receive` without signals has none. */
  #receive(operation: Operation, { names }: OpDetails): void {
    if (names === undefined) return this.#refuse(operation.key, "waitForState");
    if (names.length > 0) return this.#refuse(operation.key, `signal ${names.join(", ")}`);
    this.#armFire(operation);
  }

  /** Its failure is the operation's. */
  #carry(k: string, work: Promise<void>): void {
    work.catch((error: unknown) => this.#deliver({ t: "err", k, at: Date.now(), e: toErrorObject(error) }));
  }

  async #launch(key: string, child: ChildDetails): Promise<void> {
    const { executionId, rootId, depth, path } = this.#place;
    const place: Place = {
      executionId: child.id,
      publicId: child.publicId ?? child.id,
      rootId,
      depth: depth + 1,
      path: `${path}/${pathSegment(key)}`,
      parentId: executionId,
      parentOperation: key,
    };
    const execution = await this.#family.begin(this.#family.workflow(child.workflow), place, child.input, child.state);
    if (child.awaited) return this.#completed(key, await execution.end);
    this.#deliver({ t: "ack", k: key, at: Date.now() });
  }

  async #watch(key: string, target: string): Promise<void> {
    this.#completed(key, await this.#family.execution(target).end);
  }

  #completed(k: string, end: End): void {
    if ("v" in end) return this.#answer(k, end.v, end.extras);
    this.#deliver({ t: "err", k, at: Date.now(), e: end.e, status: end.status, o: end.extras });
  }

  async #request(key: string, { action, target = "", reason = "", signal = "" }: OpDetails): Promise<void> {
    if (action === "signal") return this.#refuse(key, `signal ${signal}`);
    const execution = this.#family.execution(target);
    if (action === "cancel") execution.cancel(reason);
    if (action === "stop") execution.stop(reason);
    this.#answer(key, action === "status" ? encode(execution.status) : undefined);
  }

  async #continue({ payload }: OpDetails): Promise<void> {
    const what = `input of ${this.#workflow.name}`;
    this.#machine.continueWith(encode(await validate(this.#workflow.input, decode(payload), what), what));
  }

  #armFire({ key, entry }: Operation): void {
    const due = entry.d?.due;
    if (due !== undefined) this.#at(key, due, () => this.#deliver({ t: "fire", k: key, at: Date.now() }));
  }

  #at(key: string, due: number, then: () => void): void {
    const ms = Math.max(0, due - Date.now());
    const next = ms > MAX_TIMEOUT_MS ? () => this.#at(key, due, then) : then;
    this.#timers.set(key, setTimeout(next, Math.min(ms, MAX_TIMEOUT_MS)));
  }

  // ---- the end ------------------------------------------------------------------------------------------------

  async #returned(value: unknown): Promise<void> {
    const what = `output of ${this.#workflow.name}`;
    try {
      const v = encode(await validate(this.#workflow.output, value, what), what);
      this.#end("SUCCEEDED", { v, extras: this.#extras() });
    } catch (error) {
      this.#threw("FAILED", error);
    }
  }

  #threw(status: "FAILED" | "CANCELLED" | "STOPPED", thrown: unknown): void {
    this.#end(status, { thrown, e: toErrorObject(thrown), status, extras: this.#extras() });
  }

  #end(status: ExecutionStatus, end: End): void {
    this.status = status;
    this.#resolve(end);
  }

  #extras(): OutcomeExtras {
    const state = encodeStateMap(this.#machine.root.state.values);
    return { usage: this.#machine.usage, ...(state === undefined ? undefined : { state }) };
  }
}

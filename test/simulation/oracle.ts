/**
 * What a plan must come to: a plain evaluation in memory, without journal, replay, messages, time or crashes.
 *
 * It walks the tree once, in the order of the code. A node that hangs is kept as a `Hung` until somebody ends it; what
 * then becomes of everything below follows from close policies and cancellation types alone.
 */
import type { ExecutionStatus, ParentClosePolicy, TerminalStatus } from "../../lib/kernel/journal.ts";
import { isRaced } from "./interpret.ts";
import { childLabel, type HangPoint, type NodePlan, type Op, opName, type StartOp } from "./plan.ts";

/** What must have become of one execution. */
export interface Expected {
  /** `OPEN`: nobody ends it, and it must still be waiting. */
  readonly status: TerminalStatus | "OPEN";
  /** SUCCEEDED only. */
  readonly output?: unknown;
  readonly state: Readonly<Record<string, number>>;
  readonly generations: number;
}

/** Something the outside has to do, once. */
export interface Errand {
  readonly label: string;
  /** As soon as the execution exists, or when this operation or mark stands in its journal. */
  readonly when: "exists" | { readonly mark: string } | { readonly callback: string };
  readonly act:
    | { readonly kind: "signal"; readonly name: string; readonly payload: number }
    | { readonly kind: "patch"; readonly key: string; readonly value: number }
    | { readonly kind: "succeed" | "fail"; readonly value: number }
    | { readonly kind: "stop" | "cancel" };
}

export interface Prediction {
  readonly executions: ReadonlyMap<string, Expected>;
  /** Executions with these labels, and everything below them, may come to anything. */
  readonly loose: ReadonlySet<string>;
  readonly errands: readonly Errand[];
}

export function predict(plan: NodePlan, label: string): Prediction {
  const oracle = new Oracle();
  oracle.evaluate(plan, label);
  return { executions: oracle.executions, loose: oracle.loose, errands: oracle.errands };
}

/** True for a label at or below a loose one. */
export function isLoose(prediction: Pick<Prediction, "loose">, label: string): boolean {
  for (const loose of prediction.loose) {
    if (label === loose || label.startsWith(`${loose}.`) || label.startsWith(`${loose}@`)) return true;
  }
  return false;
}

interface Ended {
  readonly status: TerminalStatus;
  readonly output?: unknown;
}

/** A node that waits to be ended. Exactly one of these is called. */
interface Hung {
  readonly label: string;
  stop(): Ended;
  cancel(): Ended;
  go(): Ended;
  /** Its execution timeout. */
  timeOut(): Ended;
  /** Nobody ends it. */
  leave(): void;
}

/** A child that goes on beside its parent. */
interface Open {
  readonly hung: Hung;
  readonly policy: ParentClosePolicy;
}

/** The generation of one execution that is being evaluated. */
interface Frame {
  readonly plan: NodePlan;
  readonly label: string;
  readonly generation: number;
  state: Map<string, number>;
  /** Started, not waited for. */
  open: Open[];
}

class Oracle {
  readonly executions = new Map<string, Expected>();
  readonly loose = new Set<string>();
  readonly errands: Errand[] = [];

  /** The whole life of one execution. Hung only where its release is its starter's. */
  evaluate(plan: NodePlan, label: string): Ended | Hung {
    let frame: Frame = { plan, label, generation: 1, state: new Map(), open: [] };
    let round = 1;
    for (let attempt = 1; ;) {
      const trace = this.#ops(frame, plan.ops, "");
      if (attempt <= plan.failures) {
        if (attempt >= plan.attempts) return this.#end(frame, { status: "FAILED" });
        attempt += 1;
        this.#closeAll(frame);
        // A retry begins with the state that the generation was given: none, since failures come before rounds.
        frame = { ...frame, generation: frame.generation + 1, state: new Map(), open: [] };
      } else if (round < plan.rounds) {
        round += 1;
        frame = { ...frame, generation: frame.generation + 1 };
      } else return this.#finish(frame, trace);
    }
  }

  #finish(frame: Frame, trace: readonly unknown[]): Ended | Hung {
    const { plan, label } = frame;
    switch (plan.end.t) {
      case "return":
        return this.#end(frame, { status: "SUCCEEDED", output: { label, trace } });
      case "throw":
        return this.#end(frame, { status: "FAILED" });
      case "hang":
        return this.#release(frame, this.#hang(frame, plan.end.at, trace));
    }
  }

  /** Everything that ends takes this way. */
  #end(frame: Frame, ended: Ended): Ended {
    this.#note(frame, ended.status, ended.output);
    this.#closeAll(frame);
    return ended;
  }

  #note(frame: Frame, status: Expected["status"], output?: unknown): void {
    const { label, generation } = frame;
    const state = Object.fromEntries(frame.state);
    this.executions.set(label, {
      status,
      state,
      generations: generation,
      ...(output === undefined ? undefined : { output }),
    });
  }

  #closeAll(frame: Frame): void {
    for (const open of frame.open.splice(0)) close(open);
  }

  // ---- hanging ------------------------------------------------------------------------------------------------

  #hang(frame: Frame, at: HangPoint, trace: readonly unknown[]): Hung {
    const { label, plan } = frame;
    const child = "node" in at ? this.#hungChild(frame, at.node) : undefined;
    if (child !== undefined && "node" in at) frame.open.push({ hung: child, policy: at.policy });
    const succeed = (last: unknown): Ended => this.#end(frame, { status: "SUCCEEDED", output: { label, trace, last } });
    return {
      label,
      stop: () => this.#end(frame, { status: "STOPPED" }),
      timeOut: () => this.#end(frame, { status: "TIMED_OUT" }),
      go: () => {
        if (at.via === "state") frame.state.set("go", 1);
        return succeed(at.via === "state" ? undefined : 1);
      },
      leave: () => {
        this.#note(frame, "OPEN");
        for (const { hung } of frame.open.splice(0)) hung.leave();
      },
      cancel: () => {
        const answer = child === undefined || !("node" in at) ? undefined : this.#cancelChild(frame, at, child);
        if (answer?.status === "SUCCEEDED") return succeed(answer.output);
        if (plan.onCancel === "ignore")
          return this.#end(frame, { status: "SUCCEEDED", output: { label, ignored: true } });
        return this.#end(frame, { status: "CANCELLED" });
      },
    };
  }

  /** What the one who waits for `child` hears when he is cancelled; undefined: he is released at once. */
  #cancelChild(frame: Frame, at: HangPoint & { policy: ParentClosePolicy }, child: Hung): Ended | undefined {
    const asked = "cancellation" in at ? at.cancellation : undefined;
    const type = asked ?? (at.policy === "abandon" ? "abandon" : "wait_completed");
    if (type === "abandon") return undefined;
    frame.open = frame.open.filter(({ hung }) => hung !== child);
    // Asked to cancel, and stopped by the close policy soon after: whichever comes first.
    if (type !== "wait_completed" && at.policy === "terminate") this.loose.add(child.label);
    const ended = child.cancel();
    return type === "wait_completed" ? ended : undefined;
  }

  #release(frame: Frame, hung: Hung): Ended | Hung {
    const { plan, label, generation } = frame;
    const release = plan.end.t === "hang" ? plan.end.release : "starter";
    const when = { mark: opName("hangs", "", generation) };
    switch (release) {
      case "starter":
        return hung;
      case "timeout":
        // Children that are not abandoned have the same deadline: they end with their parent, or by their own clock.
        for (const open of frame.open) if (open.policy !== "abandon") this.loose.add(open.hung.label);
        return hung.timeOut();
      case "outside-stop":
        this.errands.push({ label, when, act: { kind: "stop" } });
        return hung.stop();
      case "outside-cancel":
        this.errands.push({ label, when, act: { kind: "cancel" } });
        return hung.cancel();
      case "outside-go":
        this.#goErrand(frame);
        return hung.go();
    }
  }

  #goErrand({ plan, label, generation }: Frame): void {
    const via = plan.end.t === "hang" ? plan.end.at.via : "signal";
    if (via === "callback") {
      this.errands.push({
        label,
        when: { callback: opName("hang", "", generation) },
        act: { kind: "succeed", value: 1 },
      });
    } else if (via === "state") {
      this.errands.push({
        label,
        when: { mark: opName("hangs", "", generation) },
        act: { kind: "patch", key: "go", value: 1 },
      });
    } else this.errands.push({ label, when: "exists", act: { kind: "signal", name: "go", payload: 1 } });
  }

  // ---- operations ---------------------------------------------------------------------------------------------

  #ops(frame: Frame, ops: readonly Op[], path: string): unknown[] {
    return ops.map((op, index) => this.#op(frame, op, `${path}-${index}`));
  }

  #op(frame: Frame, op: Op, path: string): unknown {
    const name = opName(op.t, path, frame.generation);
    switch (op.t) {
      case "step":
        if (op.once) return "once";
        return op.fails < op.attempts ? op.fails + 1 : "!StepError";
      case "named":
        return "named";
      case "wait":
        return "waited";
      case "poll":
        return op.polls;
      case "callback":
        return this.#callback(frame, op, name);
      case "inbox":
        return this.#inbox(frame, op.count, name);
      case "patch":
        // A retry forgets the state, so only the first generation may be patched before it asks.
        this.errands.push({
          label: frame.label,
          when: frame.generation === 1 ? "exists" : { mark: name },
          act: { kind: "patch", key: name, value: 1 },
        });
        frame.state.set(name, 1);
        return 1;
      case "state":
        frame.state.set(op.key, op.value);
        return op.value;
      case "patched":
        return true;
      case "tell":
        return "told";
      case "nobody":
        return "!ExecutionNotFoundError";
      case "context":
        return this.#context(frame, op, path);
      case "batch":
        return this.#batch(frame, op, path);
      case "all":
        return op.nodes.map((child) => seen(this.#endedChild(frame, child)));
      case "execute":
        return this.#execute(frame, op);
      case "start":
        return this.#start(frame, op, path);
      case "race":
        return this.#race(frame, op);
    }
  }

  #callback({ label }: Frame, op: Op & { t: "callback" }, name: string): unknown {
    if (op.answer === "silence") return "!CallbackTimeoutError";
    this.errands.push({ label, when: { callback: name }, act: { kind: op.answer, value: 7 } });
    return op.answer === "succeed" ? 7 : "!CallbackExternalError";
  }

  #inbox({ label }: Frame, count: number, name: string): unknown {
    const payloads = Array.from({ length: count }, (_, index) => index + 1);
    for (const payload of payloads)
      this.errands.push({ label, when: "exists", act: { kind: "signal", name, payload } });
    return payloads;
  }

  #context(frame: Frame, op: Op & { t: "context" }, path: string): unknown {
    const inner = fork(frame);
    const trace = this.#ops(inner, op.ops, path);
    merge(frame, frame.state, inner.state);
    return op.fails ? "!ChildContextError" : trace;
  }

  /** Branches begin from the same state; what they changed is merged in their order. */
  #batch(frame: Frame, op: Op & { t: "batch" }, path: string): unknown {
    const before = new Map(frame.state);
    const branches = op.branches.map((branch, index) => {
      const inner = fork(frame);
      const trace = this.#ops(inner, branch.ops, `${path}b${index}`);
      return { state: inner.state, seen: branch.fails ? failureOf(op.nesting) : trace };
    });
    for (const { state } of branches) merge(frame, before, state);
    return branches.map((branch) => branch.seen);
  }

  // ---- children -----------------------------------------------------------------------------------------------

  #child(frame: Frame, plan: NodePlan): Ended | Hung {
    return this.evaluate(plan, childLabel(frame.label, frame.generation, plan.name));
  }

  #endedChild(frame: Frame, plan: NodePlan): Ended {
    const child = this.#child(frame, plan);
    if ("status" in child) return child;
    throw new Error(`the plan waits for ${child.label}, which nobody ends`);
  }

  #hungChild(frame: Frame, plan: NodePlan): Hung {
    const child = this.#child(frame, plan);
    if (!("status" in child)) return child;
    throw new Error(`the plan hangs at ${plan.name}, which ends by itself`);
  }

  #execute(frame: Frame, op: Op & { t: "execute" }): unknown {
    if (op.onTimeout === undefined) return seen(this.#endedChild(frame, op.node));
    const hung = this.#hungChild(frame, op.node);
    if (op.onTimeout === "abandon") frame.open.push({ hung, policy: op.policy });
    else if (op.onTimeout === "terminate") hung.stop();
    else {
      if (op.policy === "terminate") this.loose.add(hung.label);
      hung.cancel();
    }
    return "!ChildWaitTimeoutError";
  }

  #start(frame: Frame, op: StartOp, path: string): unknown {
    const child = this.#child(frame, op.node);
    const trace = this.#ops(frame, op.between, `${path}s`);
    if (isRaced(op)) {
      this.loose.add(childLabel(frame.label, frame.generation, op.node.name));
      if ("stop" in child) child.stop();
      return trace;
    }
    const ended = "status" in child ? child : this.#act(frame, op, child);
    return [...trace, op.join === "none" ? "left" : ended === undefined ? undefined : seen(ended)];
  }

  #act(frame: Frame, op: StartOp, child: Hung): Ended | undefined {
    switch (op.act) {
      case "cancel":
        // Its parent may end, and stop it, while it reacts.
        if (op.join === "none" && op.policy === "terminate") this.loose.add(child.label);
        return child.cancel();
      case "stop":
        return child.stop();
      case "go":
        return child.go();
      case "none":
        if (!op.sync && op.policy !== "abandon") this.loose.add(child.label);
        frame.open.push({ hung: child, policy: op.policy });
        return undefined;
    }
  }

  #race(frame: Frame, op: Op & { t: "race" }): unknown {
    close({ hung: this.#hungChild(frame, op.node), policy: op.policy });
    return ["SUCCEEDED", "STARTED"];
  }
}

function close({ hung, policy }: Open): void {
  if (policy === "terminate") hung.stop();
  else if (policy === "request_cancel") hung.cancel();
  else hung.leave();
}

function fork(frame: Frame): Frame {
  return { ...frame, state: new Map(frame.state) };
}

function merge(into: Frame, before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): void {
  for (const [key, value] of after) if (before.get(key) !== value) into.state.set(key, value);
}

function seen({ status, output }: Ended): unknown {
  return status === "SUCCEEDED" ? output : `!${status satisfies ExecutionStatus}`;
}

function failureOf(nesting: "NESTED" | "FLAT"): string {
  return nesting === "FLAT" ? "!Error" : "!ChildContextError";
}

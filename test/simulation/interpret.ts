/**
 * One workflow that runs any plan: the plan travels as its input. It records what it saw; oracle.ts knows what it
 * should have seen. Every wait stands in a `try/catch`, as it may in a user's code: suspension must not be caught (K6).
 */
import {
  type ExecuteOptions,
  type ExecutionHandle,
  type StartOptions,
  type StepContext,
  workflow,
  type WorkflowContext,
} from "../../lib/index.ts";
import {
  type BatchOp,
  childLabel,
  type ExecuteAllOp,
  type ExecuteOp,
  FOREVER_MS,
  type Hang,
  type HangPoint,
  type NodeInput,
  type NodePlan,
  opName,
  type Op,
  patience,
  type RaceOp,
  type StartOp,
} from "./plan.ts";

/** Called at the beginning of every body of a step; the world of the moment sets it. */
export const probe: { body: (s: StepContext) => void } = { body: () => undefined };

export const NODE = "node";
const RETRY_DELAY_MS = 1_000;
const SILENCE_MS = 60_000;

export const node = workflow<NodeInput, unknown>({ name: NODE }, (ctx, input) => new Interpreter(ctx, input).run());

/** Options of a node that its starter has to give: how long it may live, and its retries. */
export function lifeOf(plan: NodePlan): Pick<StartOptions, "executionTimeout" | "retry"> {
  return {
    ...(plan.timed ? { executionTimeout: patience(plan) } : undefined),
    ...(plan.attempts > 1 ? { retry: retries(plan.attempts) } : undefined),
  };
}

function retries(maxAttempts: number): NonNullable<StartOptions["retry"]> {
  return { maxAttempts, initialDelay: RETRY_DELAY_MS, backoffRate: 1, jitter: "NONE" };
}

/** Signal that a node sends its starter when it hangs. */
export function readySignal(label: string): string {
  return `ready:${label}`;
}

class Interpreter {
  readonly #ctx: WorkflowContext;
  readonly #input: NodeInput;
  readonly #generation: number;

  constructor(ctx: WorkflowContext, input: NodeInput) {
    this.#ctx = ctx;
    this.#input = input;
    this.#generation = ctx.info.generation;
  }

  async run(): Promise<unknown> {
    const { plan, label } = this.#input;
    try {
      return await this.#generationOf(plan);
    } catch (error) {
      if (!this.#ctx.cancellation.aborted) throw error;
      if (plan.onCancel === "ignore") return { label, ignored: true };
      if (plan.onCancel === "cleanup") await this.#ctx.nonCancellable((ctx) => this.#step(ctx, "cleanup", () => 1));
      throw error;
    }
  }

  async #generationOf(plan: NodePlan): Promise<unknown> {
    const { label, round } = this.#input;
    const trace = await this.#ops(this.#ctx, plan.ops, "");
    if (this.#ctx.info.attempt <= plan.failures) throw new Error("planned failure");
    if (round < plan.rounds) return this.#ctx.continueAsNew({ ...this.#input, round: round + 1 });
    switch (plan.end.t) {
      case "return":
        return { label, trace };
      case "throw":
        return this.#fail(plan.end.via);
      case "hang":
        return { label, trace, last: await this.#hang(plan.end) };
    }
  }

  async #fail(via: "plain" | "step" | "context"): Promise<never> {
    const fail = (): never => {
      throw new Error("planned failure");
    };
    if (via === "step") await this.#ctx.step(this.#name("fatal", ""), fail, { retry: false });
    if (via === "context") await this.#ctx.runInChildContext(this.#name("fatal", ""), fail);
    return fail();
  }

  // ---- operations ---------------------------------------------------------------------------------------------

  async #ops(ctx: WorkflowContext, ops: readonly Op[], path: string): Promise<unknown[]> {
    const trace: unknown[] = [];
    for (const [index, op] of ops.entries()) trace.push(await this.#op(ctx, op, `${path}-${index}`));
    return trace;
  }

  async #op(ctx: WorkflowContext, op: Op, path: string): Promise<unknown> {
    return this.#caught(ctx, () => this.#perform(ctx, op, this.#name(op.t, path), path));
  }

  /** A failure is part of what is seen; a cancel goes on up. */
  async #caught(ctx: WorkflowContext, run: () => Promise<unknown>): Promise<unknown> {
    try {
      return await run();
    } catch (error) {
      if (ctx.cancellation.aborted) throw error;
      return wordFor(error);
    }
  }

  async #perform(ctx: WorkflowContext, op: Op, name: string, path: string): Promise<unknown> {
    switch (op.t) {
      case "step":
        return this.#stepOp(ctx, name, op);
      case "named":
        return this.#named(ctx);
      case "wait":
        await ctx.wait(name, op.ms);
        return "waited";
      case "poll":
        return this.#poll(ctx, name, op.polls);
      case "callback":
        return this.#callback(ctx, name, op);
      case "inbox":
        return this.#inbox(ctx, name, op);
      case "patch":
        ctx.emit(name);
        await ctx.waitForState((state) => state[name] !== undefined);
        return ctx.state.get(name);
      case "state":
        ctx.state.set(op.key, op.value);
        return ctx.state.get(op.key);
      case "patched":
        return ctx.patched(name);
      case "tell":
        return this.#tell(ctx);
      case "nobody":
        return ctx.attach("nobody").result();
      case "context":
        return ctx.runInChildContext(name, (inner) => this.#branch(inner, op, path));
      case "batch":
        return this.#batch(ctx, name, op, path);
      case "all":
        return this.#all(ctx, name, op);
      case "execute":
        return this.#execute(ctx, op);
      case "start":
        return this.#start(ctx, name, op, path);
      case "race":
        return this.#race(ctx, name, op);
    }
  }

  #step<T>(ctx: WorkflowContext, name: string, body: (s: StepContext) => T): Promise<T> {
    return ctx.step(name, (s) => {
      probe.body(s);
      return body(s);
    });
  }

  async #stepOp(ctx: WorkflowContext, name: string, op: Op & { t: "step" }): Promise<unknown> {
    const body = (s: StepContext): number => {
      probe.body(s);
      if (s.attempt <= op.fails) throw new Error("planned failure");
      return s.attempt;
    };
    const attempt = await ctx.step(name, body, {
      retry: retries(op.attempts),
      ...(op.once ? { semantics: "at-most-once" } : undefined),
    });
    // A crash spends an attempt of a step that runs at most once per attempt.
    return op.once ? "once" : attempt;
  }

  async #named(ctx: WorkflowContext): Promise<unknown> {
    const name = `named ${ctx.now().getTime()} ${ctx.random()} ${ctx.uuid()}`;
    return this.#step(ctx, name, () => "named");
  }

  async #poll(ctx: WorkflowContext, name: string, polls: number): Promise<unknown> {
    const check = (state: number, s: StepContext): number => {
      probe.body(s);
      return state + 1;
    };
    const waitStrategy = (state: number): { shouldContinue: true; delay: number } | { shouldContinue: false } =>
      state < polls ? { shouldContinue: true, delay: RETRY_DELAY_MS } : { shouldContinue: false };
    return ctx.waitForCondition(name, check, { initialState: 0, waitStrategy });
  }

  async #callback(ctx: WorkflowContext, name: string, op: Op & { t: "callback" }): Promise<unknown> {
    const options = op.answer === "silence" ? { timeout: SILENCE_MS } : {};
    if (op.via === "waitFor") return ctx.waitForCallback(name, (_id, s) => probe.body(s), options);
    const [answer] = ctx.createCallback(name, options);
    return answer;
  }

  async #inbox(ctx: WorkflowContext, name: string, op: Op & { t: "inbox" }): Promise<unknown> {
    const taken: unknown[] = [];
    while (taken.length < op.count) {
      if (op.via === "waitForSignal") taken.push(await ctx.waitForSignal(name));
      else {
        const received = await ctx.receive({ signals: [name] });
        taken.push(received.kind === "signal" ? received.payload : received.kind);
      }
    }
    return taken.toSorted((a, b) => Number(a) - Number(b));
  }

  async #tell(ctx: WorkflowContext): Promise<unknown> {
    const { parentId, executionId } = ctx.info;
    try {
      await ctx.attach(parentId ?? executionId).signal("told", this.#input.label);
    } catch (error) {
      // The parent may have ended.
      if (ctx.cancellation.aborted) throw error;
    }
    return "told";
  }

  async #branch(ctx: WorkflowContext, branch: { ops: readonly Op[]; fails: boolean }, path: string): Promise<unknown> {
    const trace = await this.#ops(ctx, branch.ops, path);
    if (branch.fails) throw new Error("planned failure");
    return trace;
  }

  async #batch(ctx: WorkflowContext, name: string, op: BatchOp, path: string): Promise<unknown> {
    const { branches, nesting, concurrency } = op;
    const options = { nesting, maxConcurrency: concurrency, completion: { toleratedFailureCount: branches.length } };
    const result =
      op.kind === "map"
        ? await ctx.map(
            name,
            branches,
            (inner, branch, index) => this.#branch(inner, branch, `${path}b${index}`),
            options,
          )
        : await ctx.parallel(
            name,
            branches.map(
              (branch, index) => (inner: WorkflowContext) => this.#branch(inner, branch, `${path}b${index}`),
            ),
            options,
          );
    return result.all.map((item) => (item.status === "FAILED" ? wordFor(item.error) : item.result));
  }

  // ---- children -----------------------------------------------------------------------------------------------

  #inputOf(plan: NodePlan, sync: boolean): NodeInput {
    return { plan, label: childLabel(this.#input.label, this.#generation, plan.name), round: 1, sync };
  }

  #optionsOf(plan: NodePlan, op: { policy: ExecuteOp["policy"]; named?: boolean }): StartOptions {
    const id = op.named === true ? { id: `id ${this.#inputOf(plan, false).label}` } : undefined;
    return { name: plan.name, parentClosePolicy: op.policy, ...id, ...lifeOf(plan) };
  }

  async #all(ctx: WorkflowContext, name: string, op: ExecuteAllOp): Promise<unknown> {
    const inputs = op.nodes.map((plan) => this.#inputOf(plan, false));
    const batch = await ctx.executeAll(node, inputs, {
      name,
      parentClosePolicy: op.policy,
      maxConcurrency: op.concurrency,
      completion: { toleratedFailurePercentage: 100 },
    });
    return batch.all.map((item) => (item.status === "FAILED" ? wordFor(item.error) : item.result));
  }

  async #execute(ctx: WorkflowContext, op: ExecuteOp): Promise<unknown> {
    const wait: ExecuteOptions =
      op.onTimeout === undefined ? {} : { timeout: patience(op.node), onTimeout: op.onTimeout };
    return ctx.execute(node, this.#inputOf(op.node, false), { ...this.#optionsOf(op.node, op), ...wait });
  }

  async #start(ctx: WorkflowContext, name: string, op: StartOp, path: string): Promise<unknown> {
    const handle = await this.#started(ctx, name, op);
    const trace = await this.#ops(ctx, op.between, `${path}s`);
    if (op.sync) await this.#ready(ctx, op.node);
    if (op.act === "cancel") await handle.cancel("planned");
    if (op.act === "stop") await handle.stop("planned");
    if (op.act === "go") await handle.signal("go", 1);
    const seen = await this.#caught(ctx, () => this.#join(ctx, op, handle));
    // A child that was not waited for until it hung may have got anywhere.
    return isRaced(op) ? trace : [...trace, seen];
  }

  async #started(ctx: WorkflowContext, name: string, op: StartOp): Promise<ExecutionHandle> {
    const input = this.#inputOf(op.node, op.sync);
    const options = this.#optionsOf(op.node, op);
    if (op.how === "start") return ctx.start(node, input, options);
    return ctx.attach(await this.#step(ctx, name, (s) => s.start(node, input, options)));
  }

  async #join(ctx: WorkflowContext, op: StartOp, handle: ExecutionHandle): Promise<unknown> {
    switch (op.join) {
      case "none":
        return "left";
      case "result":
        return handle.result();
      case "outcome":
        return seenOutcome(await handle.outcome());
      case "attach":
        return seenOutcome(await ctx.attach(handle.executionId).outcome());
      case "receive": {
        const received = await ctx.receive({ children: [handle] });
        return received.kind === "child" ? seenOutcome(received.outcome) : received.kind;
      }
    }
  }

  async #race(ctx: WorkflowContext, name: string, op: RaceOp): Promise<unknown> {
    const hangs = (inner: WorkflowContext): Promise<unknown> =>
      inner.execute(node, this.#inputOf(op.node, true), this.#optionsOf(op.node, op));
    const wins = (inner: WorkflowContext): Promise<unknown> => this.#ready(inner, op.node);
    const batch = await ctx.parallel<unknown>(name, [wins, hangs], { completion: { minSuccessful: 1 } });
    return batch.all.map((item) => item.status);
  }

  #ready(ctx: WorkflowContext, plan: NodePlan): Promise<unknown> {
    return ctx.waitForSignal(readySignal(this.#inputOf(plan, true).label));
  }

  // ---- hanging ------------------------------------------------------------------------------------------------

  /** Asked for before anybody hears of it, so that whoever ends this node finds it there. */
  async #hang(end: Hang): Promise<unknown> {
    const { at } = end;
    const { over } = await this.#hangAt(at);
    // It may be cancelled before it is awaited below.
    over.catch(() => undefined);
    if ("node" in at) await this.#ready(this.#ctx, at.node);
    const { parentId } = this.#ctx.info;
    if (this.#input.sync && parentId !== undefined)
      await this.#ctx.attach(parentId).signal(readySignal(this.#input.label));
    this.#ctx.emit(this.#name("hangs", ""));
    return over;
  }

  /** Asks for what never comes by itself. `over` is not awaited here: it settles when the node is released. */
  async #hangAt(at: HangPoint): Promise<{ readonly over: Promise<unknown> }> {
    if (at.via !== "handle") return { over: this.#endless(at) };
    const handle = await this.#ctx.start(node, this.#inputOf(at.node, true), this.#optionsOf(at.node, at));
    return { over: handle.result(cancellationOf(at)) };
  }

  #endless(at: Exclude<HangPoint, { via: "handle" }>): Promise<unknown> {
    const ctx = this.#ctx;
    const name = this.#name("hang", "");
    switch (at.via) {
      case "signal":
        return ctx.waitForSignal("go");
      case "wait":
        return ctx.wait(name, FOREVER_MS);
      case "callback":
        return ctx.waitForCallback(name, (_id, s) => probe.body(s));
      case "state":
        return ctx.waitForState((state) => state["go"] !== undefined);
      case "poll":
        return ctx.waitForCondition(name, (state: number, s) => (probe.body(s), state), {
          initialState: 0,
          waitStrategy: () => ({ shouldContinue: true, delay: FOREVER_MS }),
        });
      case "context":
        return ctx.runInChildContext(name, (inner) => inner.waitForSignal("go"));
      case "batch":
        return this.#endlessBatch(name);
      case "execute":
        return ctx.execute(node, this.#inputOf(at.node, true), {
          ...this.#optionsOf(at.node, at),
          ...cancellationOf(at),
        });
    }
  }

  async #endlessBatch(name: string): Promise<unknown> {
    const batch = await this.#ctx.parallel(name, [
      (inner) => inner.wait(FOREVER_MS),
      (inner) => inner.wait(FOREVER_MS),
    ]);
    batch.throwIfError();
    return batch.status;
  }

  #name(op: string, path: string): string {
    return opName(op, path, this.#generation);
  }
}

/** Cancelled or stopped wherever it happens to be. */
export function isRaced(op: StartOp): boolean {
  return !op.sync && (op.act === "cancel" || op.act === "stop");
}

function cancellationOf(at: HangPoint & { via: "execute" | "handle" }): Pick<ExecuteOptions, "cancellationType"> {
  return at.cancellation === undefined ? {} : { cancellationType: at.cancellation };
}

function seenOutcome(outcome: { status: string; output?: unknown }): unknown {
  return outcome.status === "SUCCEEDED" ? outcome.output : `!${outcome.status}`;
}

/** The status of a child that failed, the class of any other error. */
function wordFor(error: unknown): string {
  if (!(error instanceof Error)) return `!${String(error)}`;
  return `!${"status" in error ? String(error.status) : error.name}`;
}

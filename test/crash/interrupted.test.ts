/** Steps in whose middle the process dies (kernel rule 5, and AWS's requirements that need such a death). */
import { describe, expect, it } from "vitest";
import { workflow } from "../../lib/frontends/code/workflow.ts";
import type { StepOptions, WorkflowContext } from "../../lib/kernel/context.ts";
import type { ExecutionDetail } from "../../lib/ports/client.ts";
import { observe } from "../conformance/runner.ts";
import { type Scenario, units } from "../conformance/scenario.ts";
import { mortalHome } from "./process-model.ts";

/** Calls up to the start of the first body: the commit that records it, twice, the start's acknowledgement, the body. */
const FIRST_BODY = 4;

interface Played {
  readonly root: ExecutionDetail;
  /** Processes that it took. */
  readonly lives: number;
}

async function play(
  run: (ctx: WorkflowContext) => unknown,
  diesAt: (call: number) => boolean,
  interruptions?: number,
): Promise<Played> {
  const scenario: Scenario = {
    id: "interrupted",
    rows: [],
    title: "",
    workflows: [workflow({ name: "interrupted.root" }, async (ctx: WorkflowContext) => run(ctx))],
    start: [{ workflow: "interrupted.root" }],
    expect: { status: "SUCCEEDED" },
  };
  const home = mortalHome({ diesAt, ...(interruptions === undefined ? undefined : { interruptions }) });
  const { executions, problems } = await observe(scenario, home);
  expect([...problems, ...home.machine.problems]).toEqual([]);
  const root = executions.get("/");
  if (root === undefined) throw new Error("the root did not begin");
  return { root, lives: home.machine.lives };
}

/** Lit in a body: the process dies when the body returns, which is its next call. */
class Fuse {
  #lit = false;

  light(): void {
    this.#lit = true;
  }

  readonly burns = (): boolean => {
    const was = this.#lit;
    this.#lit = false;
    return was;
  };
}

const inTheFirstBody = (call: number): boolean => call === FIRST_BODY;

const once: StepOptions<string> = { semantics: "at-most-once" };

function operation({ operations }: ExecutionDetail, name: string): ExecutionDetail["operations"][number] {
  const found = operations.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no operation ${name}`);
  return found;
}

describe("a step that runs at most once per attempt", () => {
  it("aws:1-17 without a retry, it fails with StepInterruptedError, and its body is not run again", async () => {
    const { root, lives } = await play(
      (ctx) => ctx.step("charge", (s) => `attempt ${s.attempt}`, { ...once, retry: false }),
      inTheFirstBody,
    );
    expect(lives).toBe(2);
    expect(root).toMatchObject({ status: "FAILED", error: { type: "StepInterruptedError", code: "step_interrupted" } });
    expect(operation(root, "charge")).toMatchObject({ status: "FAILED", attempts: 1 });
  });

  it("aws:1-18 with a retry, the interrupted attempt counts, and the second succeeds", async () => {
    const { root, lives } = await play(
      (ctx) =>
        ctx.step("charge", (s) => `attempt ${s.attempt}`, {
          ...once,
          retry: { maxAttempts: 2, initialDelay: units(1) },
        }),
      inTheFirstBody,
    );
    expect(lives).toBe(2);
    expect(root).toMatchObject({ status: "SUCCEEDED", output: "attempt 2" });
    expect(operation(root, "charge")).toMatchObject({ status: "SUCCEEDED", attempts: 2 });
  });

  it("may be caught: the workflow decides what an interruption means", async () => {
    const { root } = await play(
      (ctx) => ctx.step("charge", () => "charged", { ...once, retry: false }).catch(() => "asked the bank"),
      inTheFirstBody,
    );
    expect(root).toMatchObject({ status: "SUCCEEDED", output: "asked the bank" });
  });
});

describe("a step that runs at least once", () => {
  it("runs again with the same attempt and the same idempotency key", async () => {
    const seen: string[] = [];
    const { root, lives } = await play(
      (ctx) =>
        ctx.step("charge", (s) => {
          seen.push(`${s.idempotencyKey} ${s.attempt}`);
          return "charged";
        }),
      inTheFirstBody,
    );
    expect(lives).toBe(2);
    expect(root).toMatchObject({ status: "SUCCEEDED", output: "charged" });
    expect(seen).toHaveLength(2);
    expect(new Set(seen).size).toBe(1);
  });

  it("aws:3-12 in a child context: the context is entered again, and ends once", async () => {
    const { root, lives } = await play(
      (ctx) => ctx.runInChildContext("section", (child) => child.step("echo", () => "ping")),
      inTheFirstBody,
    );
    expect(lives).toBe(2);
    expect(root).toMatchObject({ status: "SUCCEEDED", output: "ping" });
    expect(root.operations.map(({ kind, name, status }) => `${kind} ${name} ${status}`)).toEqual([
      "CONTEXT section SUCCEEDED",
      "STEP echo SUCCEEDED",
    ]);
  });

  it("does not lose what earlier attempts used up of its retries", async () => {
    const { root } = await play(
      (ctx) =>
        ctx.step("flaky", (s) => Promise.reject(new Error(`attempt ${s.attempt}`)), {
          retry: { maxAttempts: 3, initialDelay: units(1) },
        }),
      (call) => call === FIRST_BODY + 3,
    );
    expect(root).toMatchObject({ status: "FAILED", error: { cause: { message: "attempt 3" } } });
    expect(operation(root, "flaky").attempts).toBe(3);
  });

  it("that ends the process every time fails when limits.interruptions is spent, and says so", async () => {
    let bodies = 0;
    const fuse = new Fuse();
    const { root, lives } = await play(
      (ctx) =>
        ctx.step("bomb", () => {
          bodies += 1;
          fuse.light();
          return "never recorded";
        }),
      fuse.burns,
      3,
    );
    expect(bodies).toBe(4);
    expect(lives).toBe(5);
    expect(root).toMatchObject({ status: "FAILED", error: { type: "StepInterruptedError", code: "step_interrupted" } });
    expect(root.error?.message).toMatch(/bomb.*after 3 interruptions.*limits\.interruptions is 3/);
  });
});

describe("waitForCondition", () => {
  it("goes on with what its last poll found when a poll is interrupted", async () => {
    const polled: number[] = [];
    const fuse = new Fuse();
    const check = (n: number): number => {
      if (polled.push(n) === 2) fuse.light();
      return n + 1;
    };
    const { root, lives } = await play(
      (ctx) =>
        ctx.waitForCondition("counted", check, {
          initialState: 0,
          waitStrategy: (n) => (n < 3 ? { shouldContinue: true, delay: units(1) } : { shouldContinue: false }),
        }),
      fuse.burns,
    );
    expect(lives).toBe(2);
    expect(root).toMatchObject({ status: "SUCCEEDED", output: 3 });
    expect(polled).toEqual([0, 1, 1, 2]);
  });
});

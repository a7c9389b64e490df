/** M01 to M03: starting a child, with and without waiting for it. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type Scenario } from "../scenario.ts";
import { chain, rootCause, told } from "./treeline-errors.ts";

function waitForResult(): Scenario {
  const child = workflow({ name: "M01.child" }, (ctx, input: { value: string }) =>
    ctx.step("process_item", () => `processed:${input.value}`),
  );
  const parent = workflow({ name: "M01.parent" }, async (ctx, input: { data: string }) => {
    const result = await ctx.execute(child, { value: input.data });
    return `Parent got: ${result}`;
  });
  return {
    id: "M01",
    rows: ["M01"],
    title: "a parent executes a child and uses its result",
    workflows: [parent, child],
    start: [{ workflow: "M01.parent", input: { data: "hello" } }],
    expect: {
      status: "SUCCEEDED",
      output: "Parent got: processed:hello",
      tree: {
        "/": { status: "SUCCEEDED", workflow: "M01.parent", depth: 0, generation: 1 },
        "/M01.child": {
          status: "SUCCEEDED",
          workflow: "M01.child",
          output: "processed:hello",
          depth: 1,
          operations: [
            { kind: "STEP", name: "process_item", status: "SUCCEEDED", attempts: 1, result: "processed:hello" },
          ],
        },
      },
      exact: true,
      operations: [{ kind: "CHILD", name: "M01.child", status: "SUCCEEDED", result: "processed:hello" }],
      events: [
        { type: "execution.started", path: "/" },
        { type: "execution.started", path: "/M01.child" },
        { type: "execution.succeeded", path: "/M01.child" },
        { type: "execution.succeeded", path: "/" },
      ],
    },
  };
}

function handleAwaitedTwice(): Scenario {
  const child = workflow({ name: "M02-twice.child" }, async (ctx, value: string) => {
    await ctx.wait(units(3));
    return `processed:${value}`;
  });
  const parent = workflow({ name: "M02-twice.parent" }, async (ctx) => {
    const handle = await ctx.start(child, "hello", { name: "child" });
    const meanwhile = await ctx.step("meanwhile", () => "went on");
    const first = await handle.result();
    await ctx.wait(units(1));
    return { meanwhile, first, second: await handle.result(), workflow: handle.workflow };
  });
  return {
    id: "M02-twice",
    rows: ["M02", "T01"],
    title: "a handle is there while the child runs, and gives its result twice",
    workflows: [parent, child],
    start: [{ workflow: "M02-twice.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: {
        meanwhile: "went on",
        first: "processed:hello",
        second: "processed:hello",
        workflow: "M02-twice.child",
      },
      events: [
        { type: "operation.acknowledged", path: "/", name: "child" },
        { type: "operation.succeeded", path: "/", name: "meanwhile" },
        { type: "execution.succeeded", path: "/child" },
        { type: "execution.succeeded", path: "/" },
      ],
    },
  };
}

function handleOfFailedChild(): Scenario {
  const child = workflow({ name: "M02-failed.child" }, () => {
    throw new Error("broken");
  });
  const parent = workflow({ name: "M02-failed.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    // The child has failed long before anybody asks for its result.
    await ctx.wait(units(3));
    const first = await told(() => handle.result());
    const second = await told(() => handle.result());
    return { first, second, status: await handle.status() };
  });
  const error = ["ChildExecutionError", "Error"];
  return {
    id: "M02-failed",
    rows: ["M02", "T25"],
    title: "a handle asked after its child has failed throws, each time",
    workflows: [parent, child],
    start: [{ workflow: "M02-failed.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { first: { error }, second: { error }, status: "FAILED" },
      tree: { "/child": { status: "FAILED", error: { type: "Error", message: "broken" } } },
    },
  };
}

function neverAwaited(): Scenario {
  const child = workflow({ name: "M02-never.child" }, () => {
    throw new Error("nobody listens");
  });
  const parent = workflow({ name: "M02-never.parent" }, async (ctx) => {
    await ctx.start(child, null, { name: "child" });
    await ctx.wait(units(3));
    return "fine";
  });
  return {
    id: "M02-never",
    rows: ["M02", "T25"],
    title: "a started child that fails and that nobody awaits does not touch its parent",
    workflows: [parent, child],
    start: [{ workflow: "M02-never.parent" }],
    expect: { status: "SUCCEEDED", output: "fine", tree: { "/child": { status: "FAILED" } } },
  };
}

function handleTravels(): Scenario {
  const child = workflow({ name: "M02-travels.child" }, async (ctx) => {
    await ctx.wait(units(2));
    return "done";
  });
  const parent = workflow({ name: "M02-travels.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    const text = JSON.stringify({ handle });
    return {
      keepsId: text.includes(handle.executionId),
      attached: await ctx.attach(handle.executionId).result(),
    };
  });
  return {
    id: "M02-travels",
    rows: ["M02"],
    title: "a handle survives JSON as its id, and the id is enough to attach",
    workflows: [parent, child],
    start: [{ workflow: "M02-travels.parent" }],
    expect: { status: "SUCCEEDED", output: { keepsId: true, attached: "done" } },
  };
}

function startDefaultsToAbandon(): Scenario {
  const child = workflow({ name: "M03-start.child" }, async (ctx) => {
    await ctx.wait(units(4));
    return "on my own";
  });
  const parent = workflow({ name: "M03-start.parent" }, async (ctx) => {
    await ctx.start(child, null, { name: "child" });
    return "gone";
  });
  return {
    id: "M03-start",
    rows: ["M03", "field:k"],
    title: "a child that is not awaited outlives its parent and does not delay it",
    workflows: [parent, child],
    start: [{ workflow: "M03-start.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: "gone",
      tree: { "/child": { status: "SUCCEEDED", output: "on my own" } },
      events: [
        { type: "execution.succeeded", path: "/" },
        { type: "execution.succeeded", path: "/child" },
      ],
    },
  };
}

function executeDefaultsToTerminate(): Scenario {
  const child = workflow({ name: "M03-execute.child" }, async (ctx) => {
    try {
      await ctx.wait("long", units(60));
    } finally {
      await ctx.nonCancellable((c) => c.step("cleanup", () => true));
    }
  });
  const parent = workflow({ name: "M03-execute.parent" }, async (ctx) => {
    // Asked to wait, but the parent returns before.
    void ctx.execute(child, null, { name: "child" });
    await ctx.waitForSignal("end");
    return "gone";
  });
  return {
    id: "M03-execute",
    rows: ["M03", "M04"],
    title: "a child that was to be awaited ends with its parent, at once",
    workflows: [parent, child],
    start: [{ workflow: "M03-execute.parent" }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "signal", path: "/", name: "end" } }],
    expect: {
      status: "SUCCEEDED",
      output: "gone",
      tree: { "/child": { status: "STOPPED" } },
      noEvents: [{ type: "operation.started", path: "/child", name: "cleanup" }],
    },
  };
}

function siblingFailsWhileAwaiting(): Scenario {
  const child = workflow({ name: "M03-sibling.child" }, async (ctx, name: string) => {
    if (name === "fails") {
      await ctx.waitForSignal("fail");
      throw new Error("sibling broke");
    }
    await ctx.wait("long", units(60));
  });
  const parent = workflow({ name: "M03-sibling.parent" }, (ctx) =>
    ctx.promise.all(["fails", "waits"].map((name) => ctx.execute(child, name, { name }))),
  );
  return {
    id: "M03-sibling",
    rows: ["M03", "M14"],
    title: "when the parent fails with one child, another that it awaits is terminated",
    workflows: [parent, child],
    start: [{ workflow: "M03-sibling.parent" }],
    script: [{ when: { path: "/waits", waitsFor: "long" }, do: { kind: "signal", path: "/fails", name: "fail" } }],
    expect: {
      status: "FAILED",
      error: { type: "ChildExecutionError", cause: { type: "Error", message: "sibling broke" } },
      tree: { "/fails": { status: "FAILED" }, "/waits": { status: "STOPPED" } },
    },
  };
}

function failureIsCaught(): Scenario {
  const child = workflow({ name: "M02-caught.child" }, () => {
    throw new Error("first try");
  });
  const fallback = workflow({ name: "M02-caught.fallback" }, () => "plan b");
  const parent = workflow({ name: "M02-caught.parent" }, async (ctx) => {
    try {
      return await ctx.execute(child, null, { name: "child" });
    } catch (error) {
      const plan = await ctx.execute(fallback, null, { name: "fallback" });
      return { plan, types: chain(error), because: (rootCause(error) as Error).message };
    }
  });
  return {
    id: "M02-caught",
    rows: ["M01", "T11"],
    title: "a parent catches its child's failure and goes on with another child",
    workflows: [parent, child, fallback],
    start: [{ workflow: "M02-caught.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { plan: "plan b", types: ["ChildExecutionError", "Error"], because: "first try" },
      tree: { "/": { status: "SUCCEEDED" }, "/child": { status: "FAILED" }, "/fallback": { status: "SUCCEEDED" } },
      exact: true,
    },
  };
}

export const scenarios: readonly Scenario[] = [
  waitForResult(),
  handleAwaitedTwice(),
  handleOfFailedChild(),
  neverAwaited(),
  handleTravels(),
  failureIsCaught(),
  startDefaultsToAbandon(),
  executeDefaultsToTerminate(),
  siblingFailsWhileAwaiting(),
];

/** The judge is judged: on a home made of paper it must see what is right, and above all what is wrong. */
import { describe, expect, it } from "vitest";
import type { Client, ExecutionDetail, ExecutionView, OperationView, TreeNode } from "../../lib/ports/client.ts";
import { isEqual } from "./expect-compare.ts";
import { child, step, wait } from "./expect-operations.ts";
import { type HomeUnderTest, observe, runScenario } from "./runner.ts";
import { isCalled, locate, normalPath, scopeNames } from "./runner-paths.ts";
import { type Expectation, type Scenario, type ScriptAction, units } from "./scenario.ts";

describe("a scenario on a home", () => {
  it("passes when everything is as expected", async () => {
    const right = scenario({ status: "SUCCEEDED", output: { a: 1 }, operations: [step("greet"), wait()] });
    await expect(runScenario(right, home())).resolves.toBeUndefined();
  });

  const wrong: [title: string, expectation: Expectation, words: string][] = [
    ["the status", { status: "FAILED" }, "/ status: expected 'FAILED'"],
    ["the output", { status: "SUCCEEDED", output: { a: 2 } }, "/ output: expected { a: 2 }"],
    ["an output that must be nothing", { status: "SUCCEEDED", output: undefined }, "/ output: expected undefined"],
    ["an error that did not occur", { status: "SUCCEEDED", error: { type: "X" } }, "got no error"],
    ["an operation too few", { status: "SUCCEEDED", operations: [step("greet")] }, "/ operations: expected"],
    ["the order", { status: "SUCCEEDED", operations: [wait(), step()] }, "/ operations: expected"],
    [
      "the attempts",
      { status: "SUCCEEDED", operations: [step("greet", { attempts: 2 }), wait()] },
      "/ STEP greet SUCCEEDED attempts: expected 2",
    ],
    ["the scope", { status: "SUCCEEDED", operations: [step("greet", { scope: "a" }), wait()] }, "scope: expected 'a'"],
    ["an operation among others", { status: "SUCCEEDED", someOperations: [wait(), step()] }, "no STEP SUCCEEDED"],
    ["a missing child", { status: "SUCCEEDED", tree: { "/other": { status: "FAILED" } } }, "got no such execution"],
    [
      "a child's status",
      { status: "SUCCEEDED", tree: { "/kid": { status: "FAILED" } } },
      "/kid status: expected 'FAILED'",
    ],
    ["a child that must not be", { status: "SUCCEEDED", exact: true }, "/kid: not expected"],
    ["an event", { status: "SUCCEEDED", events: [{ type: "custom" }] }, "events: no { type: 'custom' }"],
    ["an event that must not be", { status: "SUCCEEDED", noEvents: [{ type: "execution.started" }] }, "must not occur"],
    ["the state", { status: "SUCCEEDED", state: { a: 1 } }, "/ state: expected { a: 1 }"],
    ["a document", { status: "SUCCEEDED", documents: { link: 1 } }, "/ documents: expected { link: 1 }"],
  ];
  it.each(wrong)("fails on %s", async (_title, expectation, words) => {
    await expect(runScenario(scenario(expectation), home())).rejects.toThrow(words);
  });

  it("tells which scenario failed where", async () => {
    await expect(runScenario(scenario({ status: "FAILED" }), home())).rejects.toThrow("P-1 on paper [paper]");
  });

  it("fails when a start is refused, and when one is not refused that must be", async () => {
    const good = scenario({ status: "SUCCEEDED" });
    const refusing = home({ start: () => Promise.reject(new TypeError("no")) });
    const refused = { ...good, start: [{ workflow: "parent", refused: { type: "TypeError", message: /no/ } }] };
    await expect(runScenario(good, refusing)).rejects.toThrow("start of parent was refused: TypeError: no");
    await expect(runScenario(refused, refusing)).resolves.toBeUndefined();
    await expect(runScenario(refused, home())).rejects.toThrow("start of parent was not refused");
  });
});

describe("a script", () => {
  it("acts at its times and on its conditions, conditions first", async () => {
    const log: string[] = [];
    const script: ScriptAction[] = [
      { at: 2, do: { kind: "signal", path: "/", name: "late" } },
      { at: 1, do: { kind: "signal", path: "/", name: "early" } },
      { when: { path: "/kid", status: "SUCCEEDED" }, do: { kind: "cancel", path: "/kid", reason: "tidy" } },
    ];
    const paper = home({
      signal: async (_id, name) => void log.push(name),
      cancel: async (id, reason) => void log.push(`cancel ${id} ${reason}`),
    });
    const { problems } = await observe({ ...scenario({ status: "SUCCEEDED" }), script }, paper);
    expect(problems).toEqual([]);
    expect(log).toEqual(["cancel kid-1 tidy", "early", "late"]);
  });

  it("fails when a moment never comes", async () => {
    const script: ScriptAction[] = [
      { when: { path: "/", waitsFor: "nothing" }, do: { kind: "signal", path: "/", name: "x" } },
    ];
    await expect(runScenario({ ...scenario({ status: "SUCCEEDED" }), script }, home())).rejects.toThrow("never came");
  });
});

describe("a path", () => {
  it("numbers children of one name in the order of their keys", () => {
    const kids = ["/CHILD:kid#10", "/CHILD:kid#2", "/CHILD:other#1"].map((key) => node(view(key, "kid", key)));
    const located = locate(node(view("root", "parent"), kids));
    expect([...located].map(([path, { id }]) => [path, id])).toEqual([
      ["/", "root"],
      ["/kid", "/CHILD:kid#2"],
      ["/kid#2", "/CHILD:kid#10"],
      ["/other", "/CHILD:other#1"],
    ]);
  });

  it("is readable, for scopes as well", () => {
    expect(normalPath("/a#1/b#12/")).toBe("/a/b#12");
    expect(scopeNames("/CONTEXT:a%2Fb#1/CONTEXT:c#2")).toBe("a/b/c#2");
    expect(isCalled("a", "/CONTEXT:a#1/CALLBACK:callback#1")).toBe(true);
    expect(isCalled("b", "/CONTEXT:a#1/CALLBACK:callback#1")).toBe(false);
  });
});

describe("values", () => {
  it("are equal as a whole, matchers included", () => {
    expect(isEqual({ a: [1, new Date(0)] }, { a: [1, new Date(0)] })).toBe(true);
    expect(isEqual({ a: expect.any(Number) }, { a: 1 })).toBe(true);
    expect(isEqual({ a: 1 }, { a: 1, b: undefined })).toBe(false);
    expect(isEqual({ a: undefined }, {})).toBe(false);
    expect(isEqual([1], [1, 2])).toBe(false);
    expect(isEqual(null, undefined)).toBe(false);
    expect(isEqual({ type: expect.stringMatching("b") }, { type: "a" })).toBe(false);
  });
});

// ---- a home made of paper: one parent with one child, both ended ------------------------------------------------

function scenario(expectation: Expectation): Scenario {
  return {
    id: "P-1",
    rows: [],
    title: "on paper",
    workflows: [],
    start: [{ workflow: "parent" }],
    expect: expectation,
  };
}

function home(changes: Partial<Client> = {}): HomeUnderTest {
  return {
    name: "paper",
    open: async () => {
      let now = 0;
      return {
        client: paperClient(changes),
        now: () => now,
        idle: async () => undefined,
        advance: async (limitMs) => {
          if (limitMs === undefined) return false;
          now = Math.min(limitMs, now + units(1));
          return true;
        },
        close: async () => undefined,
      };
    },
  };
}

function paperClient(changes: Partial<Client>): Client {
  const parent = view("root-1", "parent");
  const kid = view("kid-1", "kid", "/CHILD:kid#1");
  const client = {
    start: async () => ({ executionId: parent.id }),
    tree: async () => node(parent, [node(kid)]),
    get: async (id: string) => (id === kid.id ? detail(kid, []) : detail(parent, operations)),
    async *events() {
      yield { type: "execution.started", executionId: parent.id };
    },
    ...changes,
  };
  return client as unknown as Client;
}

const operations = [operation("/STEP:greet#1", "STEP"), operation("/WAIT:wait#1", "WAIT")];

function operation(key: string, kind: OperationView["kind"]): OperationView {
  const name = key.slice(key.indexOf(":") + 1, key.indexOf("#"));
  return { key, kind, name, scope: "", status: "SUCCEEDED", attempts: 1, startedAt: 0 };
}

function view(id: string, workflow: string, parentOperation?: string): ExecutionView {
  const view = { id, publicId: id, workflow, status: "SUCCEEDED", createdAt: 0, generation: 1, depth: 0 };
  return { ...view, ...(parentOperation === undefined ? {} : { parentOperation }) } as ExecutionView;
}

function node(execution: ExecutionView, children: TreeNode[] = []): TreeNode {
  return { execution, children };
}

function detail(execution: ExecutionView, own: readonly OperationView[]): ExecutionDetail {
  const rest = { input: null, output: { a: 1 }, state: {}, documents: [], waits: [], operations: own };
  return { ...execution, ...rest } as unknown as ExecutionDetail;
}

it("has words for every kind of operation", () => {
  expect(child("kid", { status: "FAILED", result: 1 })).toEqual({
    kind: "CHILD",
    name: "kid",
    status: "FAILED",
    result: 1,
  });
});

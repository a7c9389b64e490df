import { describe, expect, it } from "vitest";
import { type HeadLike, projectDetail, projectView } from "../../../lib/engine/view.ts";
import type { Entry, MarkEntry, OpEntry, RunEntry, Usage } from "../../../lib/kernel/journal.ts";
import type { OperationView } from "../../../lib/ports/client.ts";

const head: HeadLike = {
  id: "abc",
  publicId: "order-1",
  namespace: "default",
  workflow: "order",
  version: "2",
  status: "RUNNING",
  createdAt: 1_000,
  rootId: "abc",
  depth: 0,
  path: "order",
};

const BLOCKED = { reason: "code_changed", since: 1, difference: "so it is" } as const;

const run: RunEntry = { t: "run", g: 1, cause: "start", a: 1, input: '{"sku":"a1"}', at: 1_000 };
const usage: Usage = { operations: 9, attempts: 8, children: 7, bytes: 6 };
const error = { type: "Error", message: "broken" };

function op(k: string, more: Partial<OpEntry> = {}): OpEntry {
  const [, kind, n] = /([A-Z]+):([^/#]+)#\d+$/.exec(k) ?? [];
  return { t: "op", k, kind: kind as OpEntry["kind"], n: n ?? "", ...more };
}

function mark(k: string, kind: MarkEntry["kind"], n = "", more: Partial<MarkEntry> = {}): MarkEntry {
  return { t: "mark", k, kind, n, ...more };
}

const child = { id: "abc-1-2", workflow: "charge", input: "1", policy: "terminate", awaited: true } as const;

function detail(...entries: Entry[]) {
  let generation = 0;
  return projectDetail(
    head,
    entries.map((entry) => {
      if (entry.t === "run") generation = entry.g;
      return { generation, entry };
    }),
  );
}

/** The first operation's view. */
function first(...entries: Entry[]): OperationView {
  const [operation] = detail(run, ...entries).operations;
  if (operation === undefined) throw new Error("no operation");
  return operation;
}

describe("projectView", () => {
  it("takes from the head what it has, and no field that it has not", () => {
    expect(projectView(head)).toStrictEqual({ ...head, generation: 1, attempt: 1 });
  });

  it("names the close policy of a child, and what only its home knows", () => {
    const below = {
      ...head,
      parentId: "p",
      parentOperation: "/CHILD:order#1",
      policy: "abandon",
      endedAt: 9,
      summary: "s",
    } as const;
    const { policy: _, ...rest } = below;
    expect(projectView(below, { generation: 3, attempt: 2, blocked: BLOCKED })).toStrictEqual({
      ...rest,
      parentClosePolicy: "abandon",
      generation: 3,
      attempt: 2,
      blocked: BLOCKED,
    });
  });
});

describe("an execution", () => {
  it("that has no journal yet has its head", () => {
    expect(detail()).toStrictEqual({
      ...projectView(head),
      input: undefined,
      state: {},
      stateVersion: 0,
      documents: [],
      waits: [],
      operations: [],
      usage: { operations: 0, attempts: 0, children: 0, bytes: 0 },
    });
  });

  it("that succeeded has its output, also when its head was read before the end", () => {
    const ended = detail(run, { t: "fin", status: "SUCCEEDED", v: '{"ok":true}', state: '{"n":1}', usage, at: 5_000 });
    expect(ended).toMatchObject({
      status: "SUCCEEDED",
      endedAt: 5_000,
      input: { sku: "a1" },
      output: { ok: true },
      state: { n: 1 },
      usage,
    });
    expect(ended).not.toHaveProperty("error");
  });

  it("that failed has its error and no output", () => {
    const ended = detail(run, { t: "fin", status: "FAILED", e: error, usage, at: 5_000 });
    expect(ended).toMatchObject({ status: "FAILED", error, state: {} });
    expect(ended).not.toHaveProperty("output");
  });

  it("in its second generation shows that generation, and the documents of both", () => {
    const shown = detail(
      run,
      op("/STEP:old#1"),
      mark("/STATE:a#1", "STATE", "a", { v: "1" }),
      mark("/DOCUMENT:link#1", "DOCUMENT", "link", { v: '"one"' }),
      { t: "run", g: 2, cause: "retry", a: 2, input: '"again"', at: 2_000, state: '{"b":2}' },
      op("/WAIT:new#1", { d: { due: 9_000 } }),
    );
    expect(shown).toMatchObject({ generation: 2, attempt: 2, input: "again", state: { b: 2 }, stateVersion: 0 });
    expect(shown.operations.map(({ key }) => key)).toEqual(["/WAIT:new#1"]);
    expect(shown.documents).toEqual([{ id: "link", value: "one", updatedAt: 1_000 }]);
  });

  it("counts what it used, as the kernel does", () => {
    const { usage: used } = detail(
      run,
      op("/STEP:a#1"),
      { t: "try", k: "/STEP:a#1", a: 1, why: "failed", due: 3_000, at: 2_000, e: error },
      { t: "ok", k: "/STEP:a#1", v: "12345", at: 3_000 },
      op("/CHILD:charge#1", { d: { child: { ...child, input: "123" } } }),
    );
    expect(used).toEqual({ operations: 2, attempts: 2, children: 1, bytes: 4 * 64 + 5 + 3 });
  });
});

describe("an operation", () => {
  const key = "/STEP:work#1";

  it("is open until it is settled, and began at the time of the delivery before it", () => {
    expect(first(op(key, { m: { nodeId: "n1" } }))).toStrictEqual({
      key,
      kind: "STEP",
      name: "work",
      scope: "",
      status: "STARTED",
      attempts: 1,
      startedAt: 1_000,
      meta: { nodeId: "n1" },
    });
    const [, second] = detail(run, op(key), { t: "ok", k: key, at: 4_000 }, op("/WAIT:w#1")).operations;
    expect(second).toMatchObject({ key: "/WAIT:w#1", startedAt: 4_000 });
  });

  it("of a delayed start begins when the code may", () => {
    const [only] = detail({ ...run, due: 60_000 }, op(key)).operations;
    expect(only).toMatchObject({ startedAt: 60_000 });
  });

  const ends: [title: string, entry: Entry, expected: Partial<OperationView>][] = [
    ["success", { t: "ok", k: key, v: "[1]", at: 4_000 }, { status: "SUCCEEDED", result: [1], endedAt: 4_000 }],
    ["failure", { t: "err", k: key, e: error, at: 4_000 }, { status: "FAILED", error, endedAt: 4_000 }],
    ["timeout", { t: "err", k: key, e: error, status: "TIMED_OUT", at: 4_000 }, { status: "TIMED_OUT", error }],
    ["cancellation", { t: "err", k: key, e: error, status: "CANCELLED", at: 4_000 }, { status: "CANCELLED", error }],
    ["stop", { t: "err", k: key, e: error, status: "STOPPED", at: 4_000 }, { status: "STOPPED", error }],
    ["acknowledgement", { t: "ack", k: key, at: 4_000 }, { status: "SUCCEEDED", endedAt: 4_000 }],
    ["passed deadline", { t: "fire", k: key, at: 4_000 }, { status: "TIMED_OUT", endedAt: 4_000 }],
    ["mark of the kernel", mark(key, "SETTLED", "ok"), { status: "SUCCEEDED", endedAt: 1_000 }],
    ["mark of a cancel", mark(key, "SETTLED", "cancelled"), { status: "CANCELLED", endedAt: 1_000 }],
    ["drop", mark("/DROP:x#1", "DROP", key), { status: "DROPPED", endedAt: 1_000 }],
    ["end of its execution", { t: "fin", status: "STOPPED", usage, at: 4_000 }, { status: "DROPPED", endedAt: 4_000 }],
  ];
  it.each(ends)("ends by %s", (_title, entry, expected) => {
    expect(first(op(key), entry)).toMatchObject(expected);
  });

  it("stays as it ended", () => {
    const after = first(
      op(key),
      { t: "ok", k: key, v: "1", at: 4_000 },
      { t: "fin", status: "SUCCEEDED", usage, at: 9_000 },
    );
    expect(after).toMatchObject({ status: "SUCCEEDED", endedAt: 4_000 });
  });

  it("is not dropped by a signal that did not fit", () => {
    expect(first(op(key), mark("/DROP:x#1", "DROP", key, { e: error })).status).toBe("STARTED");
  });

  it("has no result where none was recorded, and undefined is none", () => {
    expect(first(op(key), { t: "ok", k: key, at: 4_000 })).not.toHaveProperty("result");
    expect(first(op(key), { t: "ok", k: key, v: "null", at: 4_000 }).result).toBeNull();
  });

  it("of a context ends by its mark", () => {
    const context = "/CONTEXT:part#1";
    expect(first(op(context), mark(context, "CONTEXT_END", "", { v: "3" }))).toMatchObject({
      kind: "CONTEXT",
      status: "SUCCEEDED",
      result: 3,
    });
    expect(first(op(context), mark(context, "CONTEXT_END", "", { e: error }))).toMatchObject({
      status: "FAILED",
      error,
    });
  });

  it("of a branch that its batch left behind is dropped with its contexts, the batch itself is not", () => {
    const [batch, branch, inner] = [
      "/CONTEXT:all#1",
      "/CONTEXT:all#1/CONTEXT:b#1",
      "/CONTEXT:all#1/CONTEXT:b#1/WAIT:w#1",
    ] as const;
    const other = "/CONTEXT:all#1/CONTEXT:b#10";
    const { operations } = detail(
      run,
      op(batch),
      op(branch),
      op(inner),
      op(other),
      mark(`${batch}/DROP:x#1`, "DROP", inner),
    );
    expect(operations.map(({ key: k, status, scope }) => [k, status, scope])).toEqual([
      [batch, "STARTED", ""],
      [branch, "DROPPED", batch],
      [inner, "DROPPED", branch],
      [other, "STARTED", batch],
    ]);
  });

  it("names the execution it is about", () => {
    expect(first(op("/CHILD:charge#1", { d: { child } }))).toMatchObject({ childId: "abc-1-2" });
    expect(first(op("/ATTACH:x#1", { d: { target: "other" } }))).toMatchObject({ childId: "other" });
    expect(first(op("/REQUEST:cancel#1", { d: { action: "cancel", target: "other" } }))).toMatchObject({
      childId: "other",
    });
  });

  it("of a step's child stands behind the step", () => {
    const started = { t: "start", k: `${key}/CHILD:charge#1`, d: { ...child, awaited: false } } as const;
    const { operations } = detail(
      run,
      op(key),
      { t: "ok", k: key, at: 4_000, fx: [started] },
      { t: "ack", k: started.k, at: 5_000 },
    );
    expect(operations[1]).toMatchObject({
      kind: "CHILD",
      name: "charge",
      scope: key,
      status: "SUCCEEDED",
      childId: child.id,
      startedAt: 4_000,
    });
  });
});

describe("attempts", () => {
  const key = "/STEP:work#1";
  const failed = (a: number, at: number, due: number): Entry => ({
    t: "try",
    k: key,
    a,
    why: "failed",
    e: error,
    at,
    due,
  });

  it("of what does not retry are one", () => {
    expect(first(op("/WAIT:w#1"), { t: "ok", k: "/WAIT:w#1", at: 2_000 }).attempts).toBe(1);
  });

  it("wait for their time: a step that is to be tried again is pending", () => {
    expect(first(op(key), failed(1, 2_000, 3_000))).toMatchObject({ status: "PENDING", attempts: 1 });
    expect(first(op(key), failed(1, 2_000, 2_000))).toMatchObject({ status: "STARTED", attempts: 2 });
    const later: Entry = { t: "in", kind: "signal", id: "s", n: "s", at: 3_000 };
    expect(first(op(key), failed(1, 2_000, 3_000), later)).toMatchObject({ status: "STARTED", attempts: 2 });
  });

  it("include the one that ended the step", () => {
    expect(first(op(key), failed(1, 2_000, 3_000), { t: "ok", k: key, v: "1", at: 3_000 }).attempts).toBe(2);
    expect(
      first(op(key), failed(1, 2_000, 3_000), failed(2, 3_000, 4_000), { t: "err", k: key, e: error, at: 4_000 })
        .attempts,
    ).toBe(3);
  });

  it("do not include one that a cancel forestalled", () => {
    const cancel: Entry = { t: "in", kind: "cancel", id: "c", n: "", at: 2_500 };
    expect(first(op(key), failed(1, 2_000, 3_000), cancel, mark(key, "SETTLED", "cancelled"))).toMatchObject({
      status: "CANCELLED",
      attempts: 1,
    });
  });

  it("that were interrupted and are repeated count once", () => {
    const repeated: Entry = { t: "try", k: key, a: 0, why: "interrupted", at: 2_000, due: 2_000 };
    expect(first(op(key), repeated).attempts).toBe(1);
    const spent: Entry = { t: "try", k: key, a: 1, why: "interrupted", at: 2_000, due: 2_000, e: error };
    expect(first(op(key), spent, { t: "ok", k: key, at: 3_000 }).attempts).toBe(2);
  });

  it("are not a callback's signs of life, which leave it open and not pending", () => {
    const callback = "/CALLBACK:paid#1";
    const asked = op(callback, { d: { callbackId: "abc.1", heartbeatMs: 1_000, heartbeatDue: 2_000 } });
    const beat = (at: number): Entry => ({ t: "try", k: callback, a: 0, why: "heartbeat", at, due: at + 1_000 });
    expect(first(asked, beat(1_500), beat(2_000))).toMatchObject({ status: "STARTED", attempts: 1 });
    expect(first(asked, beat(1_500), { t: "ok", k: callback, v: "1", at: 2_000 })).toMatchObject({
      status: "SUCCEEDED",
      attempts: 1,
    });
    const { waits, usage: used } = detail(run, asked, beat(1_500));
    expect(waits).toMatchObject([{ kind: "CALLBACK", since: 1_000, deadline: 2_500 }]);
    expect(used.attempts).toBe(0);
  });

  it("of a condition are its polls", () => {
    const poll = "/CONDITION:ready#1";
    const polled = (a: number): Entry => ({ t: "try", k: poll, a, why: "polled", v: `${a}`, at: 2_000, due: 2_000 });
    expect(first(op(poll), polled(1), polled(2), { t: "ok", k: poll, v: "3", at: 2_000 })).toMatchObject({
      attempts: 3,
      result: 3,
    });
  });
});

describe("waits", () => {
  const kinds: [k: string, d: OpEntry["d"], expected: object | undefined][] = [
    ["/WAIT:w#1", { due: 5_000 }, { deadline: 5_000 }],
    ["/CALLBACK:h#1", { due: 5_000, heartbeatDue: 4_000 }, { deadline: 4_000 }],
    ["/CALLBACK:d#1", { due: 5_000, heartbeatDue: 6_000 }, { deadline: 5_000 }],
    [
      "/CALLBACK:c#1",
      { callbackId: "abc.1", schema: { type: "string" } },
      { callbackId: "abc.1", schema: { type: "string" } },
    ],
    ["/CHILD:charge#1", { child, due: 5_000 }, { childId: "abc-1-2", deadline: 5_000 }],
    ["/CHILD:started#1", { child: { ...child, awaited: false } }, undefined],
    ["/ATTACH:a#1", { target: "other" }, { childId: "other" }],
    ["/RECEIVE:approve#1", { names: ["approve"], schema: {}, due: 5_000 }, { schema: {}, deadline: 5_000 }],
    ["/CONDITION:ready#1", { initial: "0" }, {}],
    ["/STEP:s#1", {}, undefined],
    ["/CONTEXT:part#1", {}, undefined],
    ["/REQUEST:signal#1", { action: "signal", target: "other" }, undefined],
  ];
  it.each(kinds)("%s", (k, d, expected) => {
    const asked = op(k, { d: d ?? {}, m: { label: "L" } });
    const wait = {
      executionId: "abc",
      path: "order",
      operation: k,
      kind: asked.kind,
      name: asked.n,
      since: 1_000,
      meta: { label: "L" },
    };
    expect(detail(run, asked).waits).toStrictEqual(expected === undefined ? [] : [{ ...wait, ...expected }]);
  });

  it("a step waits while it is to be tried again", () => {
    const retried = detail(run, op("/STEP:s#1"), {
      t: "try",
      k: "/STEP:s#1",
      a: 1,
      why: "failed",
      at: 2_000,
      due: 7_000,
    });
    expect(retried.waits).toMatchObject([{ kind: "STEP", name: "s", since: 1_000, deadline: 7_000 }]);
  });

  it("nobody waits for what has ended", () => {
    const k = "/RECEIVE:approve#1";
    expect(detail(run, op(k), mark(k, "SETTLED", "ok")).waits).toEqual([]);
    expect(detail(run, op(k), { t: "fin", status: "STOPPED", usage, at: 2_000 }).waits).toEqual([]);
  });
});

describe("documents", () => {
  it("are upserted by id, from marks and steps, in the order they first appeared", () => {
    const { documents } = detail(
      run,
      mark("/DOCUMENT:a#1", "DOCUMENT", "a", { v: "1" }),
      op("/STEP:s#1"),
      {
        t: "ok",
        k: "/STEP:s#1",
        at: 2_000,
        fx: [
          { t: "document", id: "b", v: "2" },
          { t: "document", id: "a", v: "3" },
        ],
      },
      mark("/DOCUMENT:b#2", "DOCUMENT", "b", { v: "4" }),
    );
    expect(documents).toEqual([
      { id: "a", value: 3, updatedAt: 2_000 },
      { id: "b", value: 4, updatedAt: 2_000 },
    ]);
  });
});

describe("state", () => {
  const context = "/CONTEXT:part#1";
  const cases: [title: string, entries: Entry[], state: object, version: number][] = [
    ["begins as handed in", [], { a: 0 }, 0],
    ["is set", [mark("/STATE:b#1", "STATE", "b", { v: "1" })], { a: 0, b: 1 }, 1],
    ["loses a key", [mark("/STATE:a#1", "STATE", "a")], {}, 1],
    [
      "is patched from outside",
      [{ t: "in", kind: "patch", id: "p", n: "", v: '{"b":1,"c":2}', at: 2_000 }],
      { a: 0, b: 1, c: 2 },
      1,
    ],
    [
      "loses a key that is patched away from outside",
      [{ t: "in", kind: "patch", id: "p", n: "", v: '{"a":null,"b":1}', at: 2_000 }],
      { b: 1 },
      1,
    ],
    [
      "is set by a step",
      [op("/STEP:s#1"), { t: "ok", k: "/STEP:s#1", at: 2_000, fx: [{ t: "state", n: "b", v: "1" }] }],
      { a: 0, b: 1 },
      1,
    ],
    ["is not a context's", [op(context), mark(`${context}/STATE:b#1`, "STATE", "b", { v: "1" })], { a: 0 }, 0],
    [
      "is not a context's, whose step sets it",
      [
        op(context),
        op(`${context}/STEP:s#1`),
        { t: "ok", k: `${context}/STEP:s#1`, at: 2_000, fx: [{ t: "state", n: "b", v: "1" }] },
      ],
      { a: 0 },
      0,
    ],
    [
      "is not a flat branch's, which has no record",
      [mark("/CONTEXT:all#1/CONTEXT:b#1/STATE:b#1", "STATE", "b", { v: "1" })],
      { a: 0 },
      0,
    ],
    ["takes over what a context changed", [mark("/MERGE:#1", "MERGE", "", { v: '[["b",1],["a"]]' })], { b: 1 }, 1],
    [
      "is a shielded part's, too",
      [mark("/CONTEXT:nonCancellable#1/STATE:b#1", "STATE", "b", { v: "1" })],
      { a: 0, b: 1 },
      1,
    ],
    [
      "is not a context's that happens to be called so",
      [op("/CONTEXT:nonCancellable#1"), mark("/CONTEXT:nonCancellable#1/STATE:b#1", "STATE", "b", { v: "1" })],
      { a: 0 },
      0,
    ],
  ];
  it.each(cases)("%s", (_title, entries, state, version) => {
    expect(detail({ ...run, state: '{"a":0}' }, ...entries)).toMatchObject({ stateVersion: version });
    expect(detail({ ...run, state: '{"a":0}' }, ...entries).state).toEqual(state);
  });
});

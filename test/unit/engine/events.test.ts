import { describe, expect, it } from "vitest";
import { formatCursor, isBehind, parseCursor } from "../../../lib/engine/event-cursor.ts";
import { eventMatcher } from "../../../lib/engine/event-filter.ts";
import { type EventOptions, type PlacedEntry, projectEvents } from "../../../lib/engine/events.ts";
import { redactError, redactor } from "../../../lib/engine/redact.ts";
import type { HeadLike } from "../../../lib/engine/view.ts";
import type { Entry, RunEntry, Usage } from "../../../lib/kernel/journal.ts";
import type { EventFilter, EventType } from "../../../lib/ports/client.ts";

const root: HeadLike = {
  id: "abc",
  publicId: "order-1",
  namespace: "default",
  workflow: "order",
  version: "1",
  status: "RUNNING",
  createdAt: 1_000,
  rootId: "abc",
  depth: 0,
  path: "order",
  summary: "Order no. 1",
};
const { summary: _, ...unnamed } = root;
const below: HeadLike = {
  ...unnamed,
  id: "abc-1-2",
  workflow: "charge",
  parentId: "abc",
  depth: 1,
  path: "order/charge",
};
const leaf: HeadLike = {
  ...below,
  id: "abc-3-4",
  workflow: "leaf",
  parentId: "abc-1-2",
  depth: 2,
  path: "order/charge/leaf",
};
const heads = new Map([root, below, leaf].map((head) => [head.id, head]));
const headOf = (id: string) => heads.get(id);

const run: RunEntry = { t: "run", g: 1, cause: "start", a: 1, input: '{"sku":"a1"}', at: 1_000 };
const usage: Usage = { operations: 0, attempts: 0, children: 0, bytes: 0 };
const error = { type: "Error", message: "broken" };
const step = { t: "op", k: "/STEP:work#1", kind: "STEP", n: "work", m: { nodeId: "n1" } } as const;
const child = { id: "abc-1-2", workflow: "charge", input: '{"card":1}', policy: "terminate", awaited: true } as const;
const execute = { t: "op", k: "/CHILD:charge#1", kind: "CHILD", n: "charge", d: { child } } as const;
const about = { operation: step.k, name: "work", kind: "STEP", meta: { nodeId: "n1" } };

/** One page, in order. */
function place(entries: readonly Entry[], executionId = "abc", pos = 7): PlacedEntry[] {
  let generation = 1;
  return entries.map((entry, index) => {
    if (entry.t === "run") generation = entry.g;
    return { executionId, generation, entry, cursor: { pos, index } };
  });
}

function project(entries: readonly Entry[], options: Partial<EventOptions> = {}) {
  return projectEvents({ headOf, ...options }, place(entries));
}

/** Of the last entry. */
function last(...entries: Entry[]) {
  const events = project([run, ...entries]);
  return events.filter(({ id }) => id.includes(`.${entries.length}:`));
}

describe("the events of one entry", () => {
  const mark = (
    k: string,
    kind: "STATE" | "MERGE" | "EVENT" | "DOCUMENT" | "PATCH" | "CONTEXT_END" | "SETTLED" | "DROP",
    n: string,
    more = {},
  ): Entry => ({
    t: "mark",
    k,
    kind,
    n,
    ...more,
  });
  const context = { t: "op", k: "/CONTEXT:part#1", kind: "CONTEXT", n: "part" } as const;
  const receive = {
    t: "op",
    k: "/RECEIVE:approve#1",
    kind: "RECEIVE",
    n: "approve",
    d: { names: ["approve"] },
  } as const;
  const again = { ...run, g: 2, at: 2_000 } as const;
  const where = { operation: context.k };
  const cases: [type: EventType, entries: Entry[], expected: object[]][] = [
    [
      "execution.started",
      [run],
      [{ at: 1_000, attempt: 1, data: { input: { sku: "a1" }, displayName: "Order no. 1", attempt: 1 } }],
    ],
    [
      "execution.retrying",
      [{ ...again, cause: "retry", a: 2, e: error, due: 3_000 }],
      [
        { at: 2_000, runId: "abc/1", attempt: 1, error, data: { nextAttempt: 2, due: 3_000 } },
        {
          type: "execution.started",
          at: 2_000,
          runId: "abc/2",
          continuedRunId: "abc/1",
          attempt: 2,
          data: { attempt: 2, due: 3_000 },
        },
      ],
    ],
    [
      "execution.continued_as_new",
      [{ ...again, cause: "continue", input: '"next"' }],
      [
        { runId: "abc/1", attempt: 1, data: { input: "next" } },
        { type: "execution.started", runId: "abc/2", continuedRunId: "abc/1", attempt: 1, data: { input: "next" } },
      ],
    ],
    [
      "execution.succeeded",
      [{ t: "fin", status: "SUCCEEDED", v: "[1]", usage, at: 5_000 }],
      [{ at: 5_000, data: { output: [1] } }],
    ],
    ["execution.failed", [{ t: "fin", status: "FAILED", e: error, usage, at: 5_000 }], [{ error }]],
    ["execution.timed_out", [{ t: "fin", status: "TIMED_OUT", e: error, usage, at: 5_000 }], [{ error }]],
    ["execution.cancelled", [{ t: "fin", status: "CANCELLED", e: error, usage, at: 5_000 }], [{ error }]],
    ["execution.stopped", [{ t: "fin", status: "STOPPED", e: error, usage, at: 5_000 }], [{ error }]],
    ["operation.started", [step], [{ at: 1_000, ...about }]],
    [
      "operation.started",
      [execute],
      [{ kind: "CHILD", data: { childId: "abc-1-2", workflow: "charge", awaited: true, input: { card: 1 } } }],
    ],
    ["operation.started", [receive], [{ kind: "RECEIVE", data: { names: ["approve"] } }]],
    [
      "operation.attempt_failed",
      [step, { t: "try", k: step.k, a: 1, why: "failed", e: error, due: 3_000, at: 2_000 }],
      [{ ...about, at: 2_000, attempt: 1, error, data: { due: 3_000 } }],
    ],
    [
      "operation.interrupted",
      [step, { t: "try", k: step.k, a: 0, why: "interrupted", due: 2_000, at: 2_000 }],
      [{ ...about, attempt: 1 }],
    ],
    [
      "operation.interrupted",
      [
        { ...step, d: { semantics: "once" } },
        { t: "try", k: step.k, a: 1, why: "interrupted", due: 2_000, at: 2_000 },
      ],
      [{ ...about, attempt: 1 }],
    ],
    [
      "operation.polled",
      [
        { ...step, kind: "CONDITION" },
        { t: "try", k: step.k, a: 1, why: "polled", v: "9", due: 3_000, at: 2_000 },
      ],
      [{ attempt: 1, data: { value: 9, due: 3_000 } }],
    ],
    [
      "operation.heartbeat",
      [
        { t: "op", k: "/CALLBACK:paid#1", kind: "CALLBACK", n: "paid", d: { callbackId: "abc.1", heartbeatMs: 10 } },
        { t: "try", k: "/CALLBACK:paid#1", a: 0, why: "heartbeat", due: 2_010, at: 2_000 },
      ],
      [{ kind: "CALLBACK", name: "paid", at: 2_000, data: { due: 2_010 } }],
    ],
    [
      "operation.acknowledged",
      [execute, { t: "ack", k: execute.k, at: 2_000 }],
      [{ kind: "CHILD", data: { childId: "abc-1-2" } }],
    ],
    [
      "operation.succeeded",
      [
        step,
        { t: "try", k: step.k, a: 1, why: "failed", e: error, due: 2_000, at: 2_000 },
        { t: "ok", k: step.k, v: "[1]", at: 4_000 },
      ],
      [{ ...about, at: 4_000, attempt: 2, data: { result: [1] } }],
    ],
    [
      "operation.succeeded",
      [execute, { t: "ok", k: execute.k, v: "[1]", at: 4_000 }],
      [{ kind: "CHILD", data: { output: [1] } }],
    ],
    [
      "operation.succeeded",
      [receive, mark(receive.k, "SETTLED", "ok")],
      [{ at: 1_000, kind: "RECEIVE", name: "approve" }],
    ],
    [
      "operation.failed",
      [step, { t: "err", k: step.k, e: error, at: 4_000 }],
      [{ ...about, at: 4_000, attempt: 1, error }],
    ],
    [
      "operation.timed_out",
      [step, { t: "err", k: step.k, e: error, status: "TIMED_OUT", at: 4_000 }],
      [{ ...about, error }],
    ],
    [
      "operation.timed_out",
      [receive, { t: "fire", k: receive.k, at: 4_000 }],
      [{ at: 4_000, kind: "RECEIVE", name: "approve" }],
    ],
    [
      "operation.cancelled",
      [step, { t: "err", k: step.k, e: error, status: "CANCELLED", at: 4_000 }],
      [{ ...about, error }],
    ],
    ["operation.cancelled", [step, mark(step.k, "SETTLED", "cancelled")], [about]],
    [
      "operation.stopped",
      [step, { t: "err", k: step.k, e: error, status: "STOPPED", at: 4_000 }],
      [{ ...about, error }],
    ],
    ["operation.dropped", [step, mark("/DROP:x#1", "DROP", step.k)], [about]],
    [
      "operation.dropped",
      [context, mark(`${context.k}/DROP:approve#1`, "DROP", "approve", { e: error })],
      [{ ...where, name: "approve", kind: "RECEIVE", error }],
    ],
    [
      "context.succeeded",
      [context, mark(context.k, "CONTEXT_END", "", { v: "1" })],
      [{ ...where, name: "part", kind: "CONTEXT", data: { result: 1 } }],
    ],
    ["context.failed", [context, mark(context.k, "CONTEXT_END", "", { e: error })], [{ ...where, error }]],
    [
      "signal.received",
      [{ t: "in", kind: "signal", id: "s", n: "approve", v: '"yes"', at: 2_000 }],
      [{ at: 2_000, name: "approve", data: { payload: "yes" } }],
    ],
    [
      "cancel.requested",
      [{ t: "in", kind: "cancel", id: "c", n: "enough", at: 2_000 }],
      [{ data: { reason: "enough" } }],
    ],
    [
      "state.changed",
      [{ t: "in", kind: "patch", id: "p", n: "", v: '{"a":1}', at: 2_000 }],
      [{ data: { state: { a: 1 } } }],
    ],
    [
      "state.changed",
      [mark("/CONTEXT:part#1/STATE:a#1", "STATE", "a", { v: "1" })],
      [{ ...where, data: { state: { a: 1 } } }],
    ],
    [
      "state.changed",
      [{ t: "in", kind: "patch", id: "p", n: "", v: '{"a":1,"b":null}', at: 2_000 }],
      [{ data: { state: { a: 1 }, deleted: ["b"] } }],
    ],
    ["state.changed", [mark("/STATE:a#1", "STATE", "a")], [{ data: { state: {}, deleted: ["a"] } }]],
    [
      "state.changed",
      [mark("/MERGE:#1", "MERGE", "", { v: '[["a",1],["b"]]' })],
      [{ data: { state: { a: 1 }, deleted: ["b"] } }],
    ],
    [
      "document.updated",
      [mark("/DOCUMENT:link#1", "DOCUMENT", "link", { v: "1" })],
      [{ name: "link", data: { value: 1 } }],
    ],
    [
      "custom",
      [mark("/EVENT:progress#1", "EVENT", "progress", { v: '{"done":1}', m: { a: 1 } })],
      [{ name: "progress", data: { done: 1 }, meta: { a: 1 } }],
    ],
    [
      "execution.blocked",
      [{ t: "blocked", why: "code_changed", n: "another step", at: 7 }],
      [{ at: 7, data: { reason: "code_changed", difference: "another step" } }],
    ],
    [
      "execution.code_changed",
      [{ t: "code", version: "2", digest: "abc", at: 8 }],
      [{ at: 8, data: { version: "2", digest: "abc" } }],
    ],
    ["patch.marked", [mark("/PATCH:v2#1", "PATCH", "v2")], [{ name: "v2" }]],
  ];
  it.each(cases)("%s", (type, entries, [expected, ...more]) => {
    const events = entries[0] === run ? project([run]) : last(...entries);
    expect(events).toMatchObject([{ type, ...expected }, ...more]);
  });

  it("no type is forgotten", () => {
    const all: Record<EventType, true> = {
      "execution.started": true,
      "execution.succeeded": true,
      "execution.failed": true,
      "execution.timed_out": true,
      "execution.cancelled": true,
      "execution.stopped": true,
      "execution.continued_as_new": true,
      "execution.retrying": true,
      "execution.blocked": true,
      "execution.code_changed": true,
      "operation.started": true,
      "operation.attempt_failed": true,
      "operation.interrupted": true,
      "operation.polled": true,
      "operation.heartbeat": true,
      "operation.acknowledged": true,
      "operation.succeeded": true,
      "operation.failed": true,
      "operation.timed_out": true,
      "operation.cancelled": true,
      "operation.stopped": true,
      "operation.dropped": true,
      "context.succeeded": true,
      "context.failed": true,
      "signal.received": true,
      "cancel.requested": true,
      "state.changed": true,
      "document.updated": true,
      custom: true,
      "patch.marked": true,
    };
    expect(new Set(cases.map(([type]) => type))).toEqual(new Set(Object.keys(all)));
  });

  it("a sign of life is no attempt", () => {
    const callback: Entry = { t: "op", k: "/CALLBACK:paid#1", kind: "CALLBACK", n: "paid" };
    const [event] = last(callback, { t: "try", k: callback.k, a: 0, why: "heartbeat", due: 2_010, at: 2_000 });
    expect(event).not.toHaveProperty("attempt");
  });

  it("a step's effects follow its success, in their order", () => {
    const start = { t: "start", k: `${step.k}/CHILD:charge#1`, d: child } as const;
    const events = last(step, {
      t: "ok",
      k: step.k,
      at: 4_000,
      fx: [
        { t: "document", id: "link", v: "1" },
        start,
        { t: "emit", n: "progress", v: "2" },
        { t: "state", n: "a", v: "3" },
      ],
    });
    expect(events).toMatchObject([
      { type: "operation.succeeded" },
      { type: "document.updated", operation: step.k, name: "link", data: { value: 1 } },
      { type: "operation.started", operation: start.k, name: "charge", kind: "CHILD", data: { childId: "abc-1-2" } },
      { type: "custom", operation: step.k, name: "progress", data: 2 },
      { type: "state.changed", operation: step.k, data: { state: { a: 3 } } },
    ]);
    expect(events[0]).not.toHaveProperty("data");
    expect(events.map(({ at }) => at)).toEqual([4_000, 4_000, 4_000, 4_000, 4_000]);
  });
});

describe("every event", () => {
  const life: Entry[] = [
    run,
    step,
    {
      t: "ok",
      k: step.k,
      at: 2_000,
      fx: [
        { t: "emit", n: "a" },
        { t: "emit", n: "b" },
      ],
    },
    { ...run, g: 2, cause: "retry", a: 2, e: error, at: 3_000 },
    step,
    { t: "fin", status: "SUCCEEDED", usage, at: 4_000 },
  ];

  it("names its execution, run, tree and place", () => {
    const [event] = projectEvents({ headOf }, place([run], "abc-1-2"));
    expect(event).toStrictEqual({
      id: "abc-1-2:1:7.0:0",
      cursor: "1-7-0-0",
      type: "execution.started",
      at: 1_000,
      executionId: "abc-1-2",
      runId: "abc-1-2/1",
      workflow: "charge",
      parentId: "abc",
      rootId: "abc",
      depth: 1,
      path: "order/charge",
      attempt: 1,
      data: { input: { sku: "a1" }, displayName: null, attempt: 1 },
    });
  });

  it("has an id and a cursor of its own, and there is one end", () => {
    const events = project(life);
    expect(events).toHaveLength(9);
    expect(new Set(events.map(({ id }) => id)).size).toBe(9);
    expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(9);
    expect(events.filter(({ type }) => /^execution\.(?!started|retrying)/.test(type))).toHaveLength(1);
    expect(events.map(({ runId }) => runId.slice(-1)).join("")).toBe("111111222");
  });

  it("behind a cursor is the same as in the whole stream", () => {
    const events = project(life);
    for (const [i, { cursor }] of events.entries())
      expect(project(life, { after: cursor })).toEqual(events.slice(i + 1));
  });

  it("is left out with its execution, when that is gone", () => {
    expect(project([run], { headOf: () => undefined })).toEqual([]);
  });

  it("is decoded only when it is wanted", () => {
    const damaged: Entry[] = [
      { ...run, input: "not JSON" },
      { t: "in", kind: "signal", id: "s", n: "s", v: "1", at: 2_000 },
    ];
    expect(() => project(damaged)).toThrow("not JSON");
    expect(project(damaged, { matches: ({ type }) => type === "signal.received" })).toHaveLength(1);
    expect(project(damaged, { after: "1-7-0-0" })).toHaveLength(1);
  });

  it("keeps executions apart that take turns", () => {
    const one = place([run, step, { t: "ok", k: step.k, at: 9_000 }, { ...step, k: "/STEP:b#1" }]);
    const two = place([{ ...run, at: 5_000 }, step, { t: "ok", k: step.k, at: 6_000 }, step], "abc-1-2", 8);
    const mixed = one.flatMap((record, i) => [record, ...(two[i] ? [two[i]] : [])]);
    const started = projectEvents({ headOf }, mixed).filter(({ type }) => type === "operation.started");
    expect(started.map(({ executionId, at }) => [executionId, at])).toEqual([
      ["abc", 1_000],
      ["abc-1-2", 5_000],
      ["abc", 9_000],
      ["abc-1-2", 6_000],
    ]);
  });
});

describe("cursors", () => {
  it("are read again", () => {
    expect(parseCursor(formatCursor({ pos: 12, index: 3, sub: 1 }))).toEqual({ pos: 12, index: 3, sub: 1 });
  });

  it.each(["", "7", "1-7-0", "2-7-0-0", "1-7-0-0-0", "1-7-0--1", "1-a-0-0", " 1-7-0-0"])("%j is none", (cursor) => {
    expect(() => parseCursor(cursor)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(() => project([run], { after: cursor })).toThrow("is not the cursor of an event");
  });

  it("are ordered by page, entry and event, and numbers are no text", () => {
    const at = { pos: 9, index: 9, sub: 9 };
    for (const before of [{ ...at, pos: 8 }, { ...at, index: 8 }, { ...at, sub: 8 }, at])
      expect(isBehind(before, at)).toBe(false);
    for (const behind of [
      { pos: 10, index: 0, sub: 0 },
      { pos: 9, index: 10, sub: 0 },
      { ...at, sub: 10 },
    ]) {
      expect(isBehind(behind, at)).toBe(true);
    }
  });
});

describe("the filter", () => {
  const records = [...place([run]), ...place([run, step], "abc-1-2", 8), ...place([run], "abc-3-4", 9)];
  const seen = (id: string, filter: EventFilter) =>
    projectEvents({ headOf, matches: eventMatcher(id, filter, headOf) }, records).map(
      (event) => `${event.executionId} ${event.type}`,
    );
  const s = "execution.started";
  const cases: [title: string, id: string, filter: EventFilter, expected: string[]][] = [
    ["everything below", "abc", {}, [`abc ${s}`, `abc-1-2 ${s}`, "abc-1-2 operation.started", `abc-3-4 ${s}`]],
    ["below a child", "abc-1-2", {}, [`abc-1-2 ${s}`, "abc-1-2 operation.started", `abc-3-4 ${s}`]],
    ["one execution", "abc-1-2", { descendants: false }, [`abc-1-2 ${s}`, "abc-1-2 operation.started"]],
    ["by type", "abc", { types: ["operation.started"] }, ["abc-1-2 operation.started"]],
    ["by workflow", "abc", { workflow: "leaf" }, [`abc-3-4 ${s}`]],
    ["by parent", "abc", { parentId: "abc" }, [`abc-1-2 ${s}`, "abc-1-2 operation.started"]],
    ["by all of them", "abc", { parentId: "abc", workflow: "charge", types: [s] }, [`abc-1-2 ${s}`]],
    ["nothing", "abc", { types: [] }, []],
  ];
  it.each(cases)("%s", (_title, id, filter, expected) => {
    expect(seen(id, filter)).toEqual(expected);
  });
});

describe("redaction", () => {
  const value = { card: { number: "4111", type: "visa" }, items: [{ token: 1 }, { token: 2 }], none: null };

  it("replaces what stands at a path, and leaves the value as it was", () => {
    const before = structuredClone(value);
    const redact = redactor(["card.number", "items.*.token"]);
    expect(redact(value)).toEqual({
      card: { number: "[redacted]", type: "visa" },
      items: [{ token: "[redacted]" }, { token: "[redacted]" }],
      none: null,
    });
    expect(value).toEqual(before);
  });

  const cases: [path: string, expected: unknown][] = [
    ["items.1", { ...value, items: [{ token: 1 }, "[redacted]"] }],
    ["card", { ...value, card: "[redacted]" }],
    ["*.number", { ...value, card: { number: "[redacted]", type: "visa" } }],
    ["none", { ...value, none: "[redacted]" }],
    ["missing", value],
    ["card.number.digits", value],
    ["card..number", value],
    ["", value],
  ];
  it.each(cases)("%j", (path, expected) => {
    expect(redactor([path])(value)).toEqual(expected);
  });

  it("goes through maps and sets, and leaves what is neither", () => {
    const at = new Date(0);
    const redacted = redactor(["*.a"])({
      map: new Map([
        ["a", 1],
        ["b", 2],
      ]),
      set: new Set([{ a: 1 }]),
      at,
    });
    expect(redacted).toEqual({
      map: new Map<string, unknown>([
        ["a", "[redacted]"],
        ["b", 2],
      ]),
      set: new Set([{ a: 1 }]),
      at,
    });
    expect(redactor(["set.*.a"])({ set: new Set([{ a: 1 }]) })).toEqual({ set: new Set([{ a: "[redacted]" }]) });
  });

  it("reaches the data of events: a child's output in its parent's journal, too", () => {
    const secret: Entry[] = [
      { ...run, input: '{"card":{"number":"4111"}}' },
      execute,
      { t: "ok", k: execute.k, v: '[{"token":"t"}]', at: 2_000 },
      { t: "mark", k: "/STATE:secret#1", kind: "STATE", n: "secret", v: '"s"' },
    ];
    const events = project(secret, { redact: redactor(["input.card.number", "output.*.token", "state.secret"]) });
    expect(events.map(({ data }) => data)).toMatchObject([
      { input: { card: { number: "[redacted]" } } },
      { input: { card: 1 } },
      { output: [{ token: "[redacted]" }] },
      { state: { secret: "[redacted]" } },
    ]);
  });

  it("reaches errors and their causes", () => {
    const failure = { ...error, data: '{"token":"t","id":1}', cause: { ...error, message: "secret" } };
    const hide = redactor(["error.data.token", "error.message"]);
    expect(redactError(hide, failure)).toEqual({
      type: "Error",
      message: "[redacted]",
      data: '{"token":"[redacted]","id":1}',
      cause: { type: "Error", message: "[redacted]" },
    });
    expect(redactError(redactor(["error"]), failure)).toEqual({ type: "[redacted]", message: "[redacted]" });
    const [, event] = project([run, { t: "fin", status: "FAILED", e: failure, usage, at: 2_000 }], { redact: hide });
    expect(event?.error?.message).toBe("[redacted]");
  });
});

import fs from "node:fs";
import { describe, expect, it } from "vitest";
import type * as J from "../../../lib/kernel/journal.ts";
import type { PayloadCodec } from "../../../lib/homes/embedded/store.ts";
import { collect, keysOf, opened, openedReader, temporaryFile } from "./store-fixtures.ts";
import { AT, creation, group, ok, record, run } from "./store-groups.ts";

const CANARY = "CANARY";
let planted = 0;
const canary = (): string => JSON.stringify(`${CANARY}-${(planted += 1)}`);

/** Encoding that leaves no trace of the text; `keyId` is part of the key. */
function codec(keyId: string): PayloadCodec {
  const turned = (bytes: Buffer, key: string): Buffer => bytes.map((byte) => byte ^ (0x5a + key.length)) as Buffer;
  return {
    keyId,
    encode: async (text) => `${keyId}:${Buffer.from(turned(Buffer.from(text), keyId)).toString("base64")}`,
    decode: async (text, key) => {
      if (!text.startsWith(`${key}:`)) throw new Error(`not encoded with ${key}: ${text}`);
      return Buffer.from(turned(Buffer.from(text.slice(key.length + 1), "base64"), key)).toString();
    },
  };
}

// `Required`, so that a new field of the journal has to be thought of here: plant a canary where it is a payload.
const error: Required<J.ErrorObject> = {
  type: "E",
  message: canary(),
  code: "c",
  data: canary(),
  stack: canary(),
  nonRetryable: true,
  cause: { type: "C", message: canary(), data: canary(), stack: canary() },
  child: { executionId: "x", workflow: "w", status: "FAILED" },
};
const child: Required<J.ChildDetails> = {
  id: "r-c-1",
  publicId: "p",
  workflow: "w",
  version: "1",
  input: canary(),
  state: canary(),
  policy: "abandon",
  awaited: true,
  executionTimeoutMs: 1,
  startDelayMs: 1,
  retry: { maxAttempts: 1, initialDelayMs: 1, maxDelayMs: 1, backoffRate: 1, jitter: "NONE" },
  idConflict: "fail",
  idReuse: "allow",
  allowRecursion: true,
  attributes: { a: 1 },
  summary: "shown in lists",
  priority: 1,
  meta: { label: "l" },
};
const usage: J.Usage = { operations: 1, attempts: 1, children: 1, bytes: 1 };
const outcome: Required<J.OutcomeExtras> = { state: canary(), usage, meta: { label: "l" } };
const inbox = (kind: J.InboxEntry["kind"], n: string): Required<J.InboxEntry> => {
  return { t: "in", kind, id: "i", n, v: canary(), at: AT };
};
const details: Required<J.OpDetails> = {
  due: AT,
  semantics: "once",
  callbackId: "cb",
  heartbeatMs: 1,
  heartbeatDue: AT,
  cancellation: "abandon",
  onTimeout: "abandon",
  child,
  target: "t",
  action: "signal",
  signal: "s",
  payload: canary(),
  reason: canary(),
  names: ["n"],
  initial: canary(),
  sub: "MAP",
  schema: { type: "object" },
};
const entries: readonly J.Entry[] = [
  {
    t: "run",
    g: 1,
    cause: "retry",
    a: 2,
    input: canary(),
    at: AT,
    due: AT,
    e: error,
    state: canary(),
    signals: [inbox("signal", "s")],
    seen: ["s"],
    children: [{ id: "x", policy: "abandon" }],
    cancel: canary(),
  } satisfies Required<J.RunEntry>,
  { t: "op", k: "k", kind: "STEP", n: "n", d: details, m: { label: "l" }, x: true } satisfies Required<J.OpEntry>,
  {
    t: "mark",
    k: "k",
    kind: "STATE",
    n: "n",
    v: canary(),
    e: error,
    m: { label: "l" },
    x: true,
  } satisfies Required<J.MarkEntry>,
  {
    t: "ok",
    k: "k",
    v: canary(),
    at: AT,
    fx: [
      { t: "start", k: "k", d: child },
      { t: "document", id: "d", v: canary() },
      { t: "emit", n: "n", v: canary() },
      { t: "emit", n: "n" },
      { t: "state", n: "n", v: canary() },
    ],
    o: outcome,
  } satisfies Required<J.OkEntry>,
  { t: "err", k: "k", e: error, at: AT, status: "FAILED", o: outcome } satisfies Required<J.ErrEntry>,
  { t: "try", k: "k", a: 1, why: "failed", e: error, v: canary(), due: AT, at: AT } satisfies Required<J.TryEntry>,
  { t: "ack", k: "k", id: "x", at: AT } satisfies Required<J.AckEntry>,
  { t: "read", k: "k", id: "s", v: canary(), e: error, at: AT } satisfies Required<J.ReadEntry>,
  { t: "fire", k: "k", at: AT } satisfies Required<J.FireEntry>,
  inbox("signal", "s"),
  inbox("patch", "p"),
  inbox("cancel", canary()),
  { t: "fin", status: "FAILED", v: canary(), e: error, state: canary(), usage, at: AT } satisfies Required<J.FinEntry>,
];

describe("a codec", () => {
  it("leaves no payload in plain form in the file, its log, or the inbox, and gives all of them back", async () => {
    const store = opened({ file: temporaryFile(), codec: codec("k1") });
    const records = entries.map((entry) => record("r", entry));
    await store.commitEncoded({ ...creation("r"), records });
    const item = { executionId: "r", kind: "signal", body: canary(), at: AT } as const;
    await store.leave(item);
    const reader = openedReader({ file: store.file, codec: codec("k1") });
    await reader.leave(item);

    expect(await store.journal("r")).toEqual(records);
    expect(await collect(reader.pages())).toEqual(records.map((one, index) => ({ ...one, cursor: { pos: 1, index } })));
    expect((await store.inboxItems()).map(({ body }) => body)).toEqual([item.body, item.body]);
    for (const suffix of ["", "-wal"]) {
      const bytes = fs.readFileSync(store.file + suffix);
      expect(bytes.includes(CANARY)).toBe(false);
      expect(bytes.includes("k1:")).toBe(suffix === "-wal");
    }
    expect(store.db.prepare("SELECT typeof(page) AS type FROM journal").get()).toEqual({ type: "text" });
  });

  it("leaves what is no payload as it is", async () => {
    const store = opened({ file: ":memory:", codec: codec("k1") });
    await store.commitEncoded({ ...creation("r"), records: entries.map((entry) => record("r", entry)) });
    const page = String(store.db.prepare("SELECT page FROM journal").get()?.["page"]);
    for (const part of [
      '"schema":{"type":"object"}',
      '"summary":"shown in lists"',
      '"signal":"s"',
      '"m":{"label":"l"}',
    ]) {
      expect(page).toContain(part);
    }
  });

  it("is not skipped by mistake: a plain commit is refused", () => {
    const store = opened({ file: ":memory:", codec: codec("k1") });
    expect(() => store.commit(creation("a"))).toThrow(/commitEncoded/);
  });

  it("of a new key reads what an old key wrote, and what was written without", async () => {
    const file = temporaryFile();
    const plain = opened({ file });
    plain.commit(creation("a"));
    plain.close();
    for (const key of ["k1", "key2"]) {
      const store = opened({ file, codec: codec(key) });
      await store.commitEncoded(group({ records: [record("a", ok(key, canary()))] }));
      store.close();
    }
    expect(await keysOf(opened({ file, codec: codec("key2") }), "a")).toEqual(["k1", "key2"]);
    const without = openedReader({ file });
    await expect(without.journal("a")).rejects.toThrow(/encoded with key k1. Open it with that codec/);
    expect(without.head("a")?.id).toBe("a");
  });

  it("commits in the order of the calls, however long each one takes", async () => {
    const waiting: (() => void)[] = [];
    const slow: PayloadCodec = {
      ...codec("k1"),
      encode: (text) => new Promise((resolve) => waiting.push(() => resolve(`k1:${text}`))),
      decode: async (text) => text.slice(3),
    };
    const store = opened({ file: ":memory:", codec: slow });
    const done = [
      store.commitEncoded(creation("a")),
      store.commitEncoded(group({ records: [record("a", ok("1", '"x"')), record("a", ok("2", '"y"'))] })),
      store.commitEncoded(group({ records: [record("a", ok("3", '"z"'))] })),
    ];
    let settled = false;
    const all = Promise.all(done).then(() => (settled = true));
    while (!settled) {
      waiting.pop()?.();
      await Promise.resolve();
    }
    await all;
    const journal = await store.journal("a");
    expect(journal).toEqual([
      record("a", run()),
      ...["x", "y", "z"].map((v, i) => record("a", ok(String(i + 1), `"${v}"`))),
    ]);
  });

  it("that fails takes the groups behind it along, and none that come later", async () => {
    let broken = false;
    const flaky: PayloadCodec = {
      ...codec("k1"),
      encode: (text, at) => (broken ? Promise.reject(new Error("no key")) : codec("k1").encode(text, at)),
    };
    const store = opened({ file: ":memory:", codec: flaky });
    await store.commitEncoded(creation("a"));
    broken = true;
    const first = store.commitEncoded(group({ records: [record("a", ok("1"))] }));
    const second = store.commitEncoded(group({ rested: [{ id: "a", status: "WAITING", parked: true }] }));
    await expect(first).rejects.toThrow("no key");
    await expect(second).rejects.toThrow("no key");
    broken = false;
    await store.commitEncoded(group({ records: [record("a", ok("1"))] }));
    expect([await keysOf(store, "a"), store.commits]).toEqual([["1"], 2]);
  });

  it("works with thousands of commits", async () => {
    const store = opened({ file: temporaryFile(), codec: codec("k1") });
    await store.commitEncoded(creation("a"));
    for (let i = 0; i < 1_100; i++) await store.commitEncoded(group({ records: [record("a", ok(String(i)))] }));
    expect(await keysOf(store, "a")).toHaveLength(1_100);
  });
});

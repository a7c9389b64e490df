import { describe, expect, it } from "vitest";
import type { Entry } from "../../../lib/kernel/journal.ts";
import { fromStored, toStored } from "../../../lib/homes/embedded/page-entries.ts";
import { decodeHead, decodeRecords } from "../../../lib/homes/embedded/page.ts";
import { encodePages } from "../../../lib/homes/embedded/page-writer.ts";
import { AT, creation, ending, group, record, statics } from "./store-groups.ts";

const usage = { operations: 1, attempts: 2, children: 3, bytes: 4 };
const child = { id: "r-p-1", workflow: "leaf", input: "1", awaited: true, policy: "terminate" } as const;

/** The forms that are kept by place, and next to each one the same with something more or less. */
const entries: readonly Entry[] = [
  { t: "run", g: 1, cause: "start", a: 1, input: "1", at: AT },
  { t: "run", g: 2, cause: "continue", a: 1, input: "1", at: AT, state: "{}" },
  { t: "op", k: "/STEP:s#1", kind: "STEP", n: "s" },
  { t: "op", k: "/STEP:s#1", kind: "STEP", n: "s", x: true },
  { t: "op", k: "/STEP:s#1", kind: "STEP", n: "s", m: { visit: 1 } },
  { t: "op", k: "/STEP:s#1", kind: "STEP", n: "s", d: { semantics: "once" } },
  { t: "op", k: "/STEP:s#1", kind: "STEP", n: "s", d: { semantics: "once" }, m: { visit: 1 } },
  { t: "op", k: "/CHILD:c#1", kind: "CHILD", n: "c", d: { child, cancellation: "wait_completed" } },
  { t: "op", k: "/CHILD:c#1", kind: "CHILD", n: "c", d: { child, cancellation: "wait_completed", due: AT } },
  { t: "op", k: "/CHILD:c#1", kind: "CHILD", n: "c", d: { child: { ...child, priority: 1 }, cancellation: "abandon" } },
  {
    t: "op",
    k: "/CHILD:c#1",
    kind: "CHILD",
    n: "c",
    d: { child: { ...child, version: "2" }, cancellation: "abandon" },
  },
  { t: "op", k: "/CHILD:c#1", kind: "CHILD", n: "c", d: { child } },
  { t: "ok", k: "/STEP:s#1", v: "1", at: AT },
  { t: "ok", k: "/STEP:s#1", at: AT },
  { t: "ok", k: "/STEP:s#1", v: "1", at: AT, fx: [{ t: "emit", n: "e" }] },
  { t: "ok", k: "/CHILD:c#1", v: "1", at: AT, o: { usage } },
  { t: "ok", k: "/CHILD:c#1", v: "1", at: AT, o: { usage, state: "{}" } },
  { t: "ok", k: "/CHILD:c#1", v: "1", at: AT, o: {} },
  { t: "fin", status: "SUCCEEDED", v: "1", usage, at: AT },
  { t: "fin", status: "SUCCEEDED", v: "1", usage, at: AT, state: "{}" },
  { t: "fin", status: "FAILED", e: { type: "Error", message: "no" }, usage, at: AT },
  { t: "try", k: "/STEP:s#1", a: 1, why: "failed", due: AT, at: AT },
];

describe("the entries of a page", () => {
  const base = AT - 5;
  const ids = ["r", child.id];
  const there = (id: string): number | undefined => (ids.includes(id) ? ids.indexOf(id) : undefined);

  it.each(entries)("$t comes back as it was ($#)", (entry) => {
    for (const numberIn of [there, () => undefined]) {
      const stored = JSON.stringify(toStored(entry, { base, numberIn }));
      expect(fromStored(JSON.parse(stored), base, ids)).toStrictEqual(entry);
    }
  });

  it("name a child of the page by its number", () => {
    const details = { child: { ...child, version: "2" }, cancellation: "abandon" } as const;
    const stored = toStored({ t: "op", k: "/CHILD:c#1", kind: "CHILD", n: "c", d: details }, { base, numberIn: there });
    expect(stored).toEqual(["child", "/CHILD:c#1", "c", 1, "leaf", "1", true, "terminate", "abandon", "2"]);
  });
});

describe("a long group", () => {
  const ids = Array.from({ length: 1_000 }, (_, i) => `r-p-${i}`);
  const long = group({
    ...creation(
      "r",
      ...ids.map((id) =>
        statics(id, { parentId: "r", parentOperation: id, parentGeneration: 1, policy: "abandon", awaited: true }),
      ),
    ),
    ended: ids.map((id) => ({ id, status: "SUCCEEDED", at: AT })),
    rested: [{ id: "r", status: "WAITING", parked: true }],
  });
  const records = [...long.records, ...ending(AT, ...ids).records];
  const pages = encodePages({ ...long, records }, 7, () => 0, undefined);
  const heads = pages.map(({ page }) => decodeHead(page));

  it("is spread over pages and keeps its order", () => {
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flatMap(({ page }) => decodeRecords(page))).toEqual(records);
  });

  it("says each fact once, on a page that mentions its execution", () => {
    expect(heads.flatMap(({ created }) => created)).toEqual(long.created);
    expect(heads.flatMap(({ ended }) => ended)).toEqual(long.ended);
    expect(heads.flatMap(({ rested }) => rested)).toEqual(long.rested);
    for (const { ids: mentioned, ended } of heads)
      expect(mentioned).toEqual(expect.arrayContaining(ended.map(({ id }) => id)));
  });

  it("chains the pages of each execution", () => {
    for (const id of ["r", ...ids]) {
      const chain = heads.flatMap((head, at) =>
        head.ids.includes(id) ? [{ pos: 7 + at, before: head.previous[head.ids.indexOf(id)] }] : [],
      );
      expect(chain.map(({ before }) => before)).toEqual([0, ...chain.map(({ pos }) => pos)].slice(0, -1));
    }
  });

  it("gives a record that is longer than a page a page of its own", () => {
    const big: Entry = { t: "ok", k: "big", v: JSON.stringify("x".repeat(100_000)), at: AT };
    const small: Entry = { t: "ok", k: "small", v: "1", at: AT };
    const spread = encodePages(
      group({ records: [small, small, big, small].map((entry) => record("a", entry)) }),
      1,
      () => 0,
      undefined,
    );
    expect(spread.map(({ page }) => decodeRecords(page).length)).toEqual([2, 1, 1]);
  });
});

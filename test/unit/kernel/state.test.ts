import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../../lib/kernel/payload.ts";
import {
  applyPatch,
  decodeState,
  decodeStateMap,
  decodeStateValues,
  diffState,
  encodeState,
  encodeStateMap,
  mergeState,
  type StatePatch,
  type StateValues,
} from "../../../lib/kernel/state.ts";

const values = (record: Record<string, unknown>): StateValues =>
  new Map(Object.entries(record).map(([key, value]) => [key, encode(value)]));
const patch = (record: Record<string, string | null>): StatePatch => new Map(Object.entries(record));

const key = fc.oneof(fc.constantFrom("a", "b", "c", "__proto__", "constructor", "$tl", ""), fc.string());
const anyState = fc
  .array(fc.tuple(key, fc.anything({ withBigInt: true, withDate: true, withNullPrototype: false })))
  .map((entries): StateValues => new Map(entries.map(([k, v]) => [k, encode(v)])));

describe("diff and patch", () => {
  it("a difference has what is new, changed and gone, and nothing else", () => {
    const base = values({ same: 1, changed: 1, gone: 1 });
    const fork = values({ same: 1, changed: 2, added: { deep: true } });
    expect(diffState(base, fork)).toEqual(patch({ changed: "2", added: '{"deep":true}', gone: null }));
  });

  it("a key that holds null or undefined is not a key that is gone", () => {
    const base = values({ a: 1, b: 1 });
    const changes = diffState(base, values({ a: null, b: undefined }));
    expect(decodeStateValues(applyPatch(base, changes))).toStrictEqual({ a: null, b: undefined });
  });

  it("the difference turns the one into the other, whatever they are", () => {
    fc.assert(
      fc.property(anyState, anyState, (base, fork) => {
        expect(applyPatch(base, diffState(base, fork))).toEqual(fork);
        expect(diffState(fork, applyPatch(base, diffState(base, fork))).size).toBe(0);
      }),
    );
  });

  it("changes nothing in place, and copies nothing for nothing", () => {
    const state = values({ a: 1 });
    applyPatch(state, patch({ a: null, b: "2" }));
    expect(state).toEqual(values({ a: 1 }));
    expect(applyPatch(state, patch({}))).toBe(state);
    expect(diffState(state, state).size).toBe(0);
  });
});

describe("merge", () => {
  const target = values({ kept: 0, both: 0, dropped: 0 });

  it("takes branches in the order of their declaration: the later one wins", () => {
    const merged = mergeState(target, [patch({ both: "1", first: "1" }), patch({}), patch({ both: "2" })]);
    expect(decodeStateValues(merged)).toEqual({ kept: 0, both: 2, dropped: 0, first: 1 });
  });

  it("merges deletions like changes", () => {
    expect(mergeState(target, [patch({ dropped: "1" }), patch({ dropped: null })]).has("dropped")).toBe(false);
    expect(mergeState(target, [patch({ dropped: null }), patch({ dropped: "1" })]).get("dropped")).toBe("1");
    expect(mergeState(target, [patch({ never: null })])).toEqual(target);
  });

  it("of nothing is the target itself", () => {
    expect(mergeState(target, [])).toBe(target);
    expect(mergeState(target, [patch({}), patch({})])).toBe(target);
  });
});

describe("stored form", () => {
  it("is one text, whether it comes from a record or from encoded values", () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const payload = encodeStateMap(state);
        expect(decodeStateMap(payload)).toEqual(state);
        const record = decodeState(payload);
        expect(decodeStateValues(state)).toEqual(record);
        expect(decodeStateMap(encodeState(record))).toEqual(state);
      }),
    );
  });

  it("reads as an ordinary value", () => {
    const record = { at: new Date(0), n: 1n, $tl: "mine", list: [undefined] };
    expect(decode(encodeStateMap(values(record)))).toStrictEqual(record);
    expect(decodeState(encodeState(record))).toStrictEqual(record);
  });

  it("of nothing is nothing", () => {
    expect(encodeStateMap(new Map())).toBeUndefined();
    expect(decodeStateMap(undefined)).toEqual(new Map());
    expect(decodeState(undefined)).toEqual({});
    expect(decodeStateValues(new Map())).toEqual({});
  });

  it("keeps hostile keys as keys", () => {
    const state: StateValues = new Map([
      ["__proto__", '{"polluted":true}'],
      ["constructor", "1"],
    ]);
    const record = decodeStateValues(state);
    expect(Object.keys(record)).toEqual(["__proto__", "constructor"]);
    expect(record["polluted"]).toBeUndefined();
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
    expect(decodeStateMap(encodeState(record))).toEqual(state);
  });

  it("takes objects without prototype, refuses what is no record", () => {
    expect(encodeState(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
    for (const wrong of [null, undefined, 5, [], new Map(), new Date(0)]) {
      const refuse = () => encodeState(wrong as never, "state of charge");
      expect(refuse).toThrow(expect.objectContaining({ code: "invalid_argument" }));
      expect(refuse).toThrow("state of charge");
    }
    expect(() => encodeState({ a: () => 1 }, "state of charge")).toThrow("state of charge cannot be stored: $.a");
  });
});

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SerdesFailedError } from "../../../lib/kernel/errors.ts";
import { decode, encode, payloadBytes, UNDEFINED_PAYLOAD } from "../../../lib/kernel/payload.ts";

const copyOf = (value: unknown): unknown => decode(encode(value));

function refusal(value: unknown, what?: string): SerdesFailedError {
  try {
    encode(value, what);
  } catch (error) {
    expect(error).toBeInstanceOf(SerdesFailedError);
    return error as SerdesFailedError;
  }
  throw new Error("it was not refused");
}

describe("a value comes back as it was", () => {
  const values: [title: string, value: unknown][] = [
    ["null", null],
    ["undefined", undefined],
    ["text", 'a "quoted" \u2028 \ud800 text'],
    ["a number", 1.5],
    ["-0", -0],
    ["NaN", Number.NaN],
    ["infinities", [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ["a bigint", -12345678901234567890n],
    ["a date", new Date(1_700_000_000_123)],
    ["an invalid date", new Date(Number.NaN)],
    ["bytes", new Uint8Array([0, 127, 255])],
    ["a buffer", Buffer.from("héllo")],
    ["a map with keys of any kind", new Map<unknown, unknown>([[1, new Map([[{ a: 1n }, new Set([undefined])]])]])],
    ["a set", new Set([1, "1", -0, null])],
    ["undefined inside", { a: undefined, b: [undefined, 1] }],
    ["an object that looks like a tag", { $tl: ["date", 5] }],
    ["an object that looks like a tag, tagged", { $tl: { $tl: ["object", { $tl: new Date(1) }] }, at: -0 }],
    ["text that contains the tag", { a: '{"$tl":["undefined"]}', b: ['"$tl"'] }],
    ["empty things", [{}, [], "", new Map(), new Set(), new Uint8Array()]],
    ["keys like methods", { constructor: 1, toString: 2, hasOwnProperty: 3, toJSON: "text", "": 4 }],
  ];
  it.each(values)("%s", (_title, value) => {
    expect(copyOf(value)).toStrictEqual(value);
  });

  it("-0 within plain data", () => {
    expect(Object.is((copyOf({ a: [-0] }) as { a: number[] }).a[0], -0)).toBe(true);
  });

  it("a view of bytes takes only its own part", () => {
    const view = new Uint8Array(new ArrayBuffer(100), 10, 3).fill(7);
    const copy = copyOf(view) as Uint8Array;
    expect([...copy]).toEqual([7, 7, 7]);
    expect(copy.buffer.byteLength).toBe(3);
  });

  it("whatever it is", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: false,
      key: fc.oneof(fc.string(), fc.constantFrom("$tl", "__proto__", "constructor", "toJSON")),
    });
    fc.assert(
      fc.property(anything, (value) => {
        // Not toStrictEqual: it takes a key "constructor" for the class.
        expect(isDeepStrictEqual(copyOf(value), value)).toBe(true);
      }),
    );
  });

  it("stored text is plain JSON where that says it all", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text.replaceAll("-0", "0"));
        expect(encode(value)).toBe(JSON.stringify(value));
      }),
    );
  });
});

describe("a copy shares nothing", () => {
  it("with the original", () => {
    const value = { at: new Date(0), list: [{ n: 1 }] };
    const copy = copyOf(value) as typeof value;
    copy.list[0]!.n = 2;
    copy.at.setTime(5);
    expect(value).toEqual({ at: new Date(0), list: [{ n: 1 }] });
  });

  it("with another copy, not even where the original did", () => {
    const shared = { at: new Date(0) };
    const copy = copyOf({ a: shared, b: shared }) as { a: object; b: object };
    expect(copy).toStrictEqual({ a: shared, b: shared });
    expect(copy.a).not.toBe(copy.b);
  });
});

describe("hostile keys", () => {
  it.each([
    ["plain", 1],
    ["tagged", 1n],
  ])("__proto__ stays a key (%s)", (_title, inner) => {
    const value = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    (value as { more?: unknown }).more = inner;
    const copy = copyOf(value) as Record<string, unknown>;
    expect(Object.keys(copy)).toEqual(["__proto__", "more"]);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect((copy as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getOwnPropertyDescriptor(copy, "__proto__")).toMatchObject({ enumerable: true, writable: true });
  });

  it("an object without prototype comes back with the ordinary one", () => {
    const copy = copyOf(Object.assign(Object.create(null), { a: 1, b: 1n })) as object;
    expect(copy).toStrictEqual({ a: 1, b: 1n });
  });

  it("a polluted Object.prototype is not part of a value", () => {
    const prototype = Object.prototype as { polluted?: unknown };
    prototype.polluted = () => 1;
    const payload = encode({ a: 1 });
    delete prototype.polluted;
    expect(payload).toBe('{"a":1}');
  });
});

describe("what cannot come back is refused by its path", () => {
  class Money {
    amount = 1;
  }
  const cyclic: { a: { b: unknown[] } } = { a: { b: [1] } };
  cyclic.a.b.push(cyclic.a);
  const cyclicMap = new Map<string, unknown>();
  cyclicMap.set("me", cyclicMap);
  // oxlint-disable-next-line no-sparse-arrays -- the hole is the point
  const sparse = [1, , 3];

  const refused: [path: string, found: RegExp, value: unknown][] = [
    ["$", /a function/, () => 1],
    ["$", /a symbol/, Symbol("s")],
    ["$.a.b[2]", /a function/, { a: { b: [1, 2, () => 1] } }],
    ['$["x y"]["0"]', /a symbol/, { "x y": { "0": Symbol("s") } }],
    ["$.toJSON", /a function/, { toJSON: () => "surprise" }],
    ["$.a.b[1]", /a cycle/, cyclic],
    ["$<value 0>", /a cycle/, cyclicMap],
    ["$.money", /an instance of Money/, { money: new Money() }],
    ["$[0]", /an instance of a class/, [new (class {})()]],
    ["$", /an instance of Object/, Object.create({ inherited: 1 })],
    ["$", /an instance of a class/, Object.create({ constructor: undefined })],
    ["$.e", /an Error/, { e: new TypeError("x") }],
    ["$.p", /await it first/, { p: Promise.resolve(1) }],
    ["$", /an instance of/, new (class extends Date {})()],
    ["$", /an instance of/, new (class extends Array {})()],
    ["$", /RegExp/, /x/],
    ["$", /Float64Array/, new Float64Array(1)],
    ["$<key 0>", /a function/, new Map([[() => 1, 1]])],
    ["$.s<item 1>[0]", /a function/, { s: new Set([1, [() => 1]]) }],
    ["$.sparse", /a hole at index 1/, { sparse }],
    ["$[3]", /a function/, Array.from({ length: 3 }).concat([() => 1])],
  ];
  it.each(refused)("%s is %s", (path, found, value) => {
    const error = refusal(value);
    expect(error.path).toBe(path);
    expect(error.message).toMatch(found);
    expect(error.message).toContain(path);
    expect(error.code).toBe("not_serializable");
  });

  it("names whose value it is", () => {
    expect(refusal(() => 1, "result of step charge").message).toMatch(/^result of step charge cannot be stored: \$ is/);
  });

  it.each([
    ["plain", 1],
    ["tagged", 1n],
  ])("nests 500 levels deep, no deeper (%s)", (_title, leaf) => {
    const nest = (levels: number): unknown => {
      let value: unknown = leaf;
      for (let i = 0; i < levels; i++) value = i % 2 === 0 ? { a: value } : [value];
      return value;
    };
    expect(copyOf(nest(500))).toStrictEqual(nest(500));
    const error = refusal(nest(501));
    expect(error.message).toMatch(/nested deeper than 500 levels/);
    expect(error.message.length).toBeLessThan(400);
  });

  it("wraps what the value itself throws", () => {
    const cause = new Error("no");
    const value = {
      get a(): unknown {
        throw cause;
      },
    };
    expect(refusal(value)).toMatchObject({ path: "$", cause });
  });
});

it("ignores what structured clone ignores, and names given to an array", () => {
  const value = Object.defineProperty({ a: 1, [Symbol("s")]: 2 }, "hidden", { value: 3, enumerable: false });
  expect(encode(value)).toBe('{"a":1}');
  expect(encode(Object.assign([1], { index: 0 }))).toBe("[1]");
});

describe("decode", () => {
  it("of nothing is undefined", () => {
    expect(decode(undefined)).toBeUndefined();
    expect(encode(undefined)).toBe(UNDEFINED_PAYLOAD);
    expect(decode(` ${UNDEFINED_PAYLOAD}`)).toBeUndefined();
  });

  it.each([
    ["no JSON", "{", /not JSON/],
    ["an unknown tag", '{"$tl":["hologram",1]}', /tag "hologram"/],
    ["a tag of another shape", '{"$tl":5}', /tag undefined/],
    ["a tag with the wrong content", '{"$tl":["map",5]}', /tag "map"/],
    ["an unknown tag within a tag", '{"$tl":["set",[{"$tl":["hologram"]}]]}', /tag "hologram"/],
  ])("refuses %s", (_title, payload, message) => {
    expect(() => decode(payload)).toThrow(SerdesFailedError);
    expect(() => decode(payload)).toThrow(message);
  });
});

it("counts bytes, not characters", () => {
  expect(payloadBytes(encode("é"))).toBe(4);
  expect(payloadBytes(undefined)).toBe(0);
});

describe("fault:D7: a hidden toJSON", () => {
  const surprise = { value: () => "surprise", enumerable: false, configurable: true };
  const hidden = <T extends object>(value: T): T => Object.defineProperty(value, "toJSON", surprise);

  it.each<[what: string, value: object, copy: unknown]>([
    ["of an object", hidden({ a: 1 }), { a: 1 }],
    ["of an object without a prototype", hidden(Object.assign(Object.create(null) as object, { a: 1 })), { a: 1 }],
    ["of a list", hidden([1, 2]), [1, 2]],
    ["deep inside", { a: [{ b: hidden({ c: 1 }) }] }, { a: [{ b: { c: 1 } }] }],
    ["in a map", new Map([["k", hidden({ a: 1 })]]), new Map([["k", { a: 1 }]])],
    ["of a map", hidden(new Map([["k", 1]])), new Map([["k", 1]])],
  ])("%s is not asked: the fields are stored", (_what, value, copy) => {
    expect(decode(encode(value))).toEqual(copy);
  });

  it.each([Object.prototype, Array.prototype, Map.prototype, Date.prototype])(
    "of all objects of a kind is not asked either (%#)",
    (prototype) => {
      const value = { list: [1, { at: new Date(5) }], map: new Map([["k", new Set([1])]]), none: undefined };
      const own = Object.getOwnPropertyDescriptor(prototype, "toJSON");
      Object.defineProperty(prototype, "toJSON", surprise);
      try {
        expect(decode(encode(value))).toEqual(value);
      } finally {
        if (own === undefined) Reflect.deleteProperty(prototype, "toJSON");
        else Object.defineProperty(prototype, "toJSON", own);
      }
    },
  );
});

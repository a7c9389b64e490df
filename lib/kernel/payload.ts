/**
 * The codec of every value that crosses a boundary (D1).
 *
 * Job: value → JSON text and back, exactly, or not at all.
 * Boundary: knows nothing of schemas, encryption or sizes; errors have their own shape (error-object.ts).
 * Invariants:
 * - `decode(encode(x))` equals `x` and shares no object with it.
 * - What cannot come back is refused by its path: functions, symbols, cycles, holes in arrays, class instances.
 * - Ignored, as by structured clone: symbol keys, hidden (non-enumerable) properties, and names given to an array.
 * - Plain JSON is stored as it is. All else is `{"$tl":[tag, …]}`; an object of the user's with that key is wrapped too.
 */
import { SerdesFailedError } from "./errors.ts";
import type { Payload } from "./journal.ts";

/** Key of a tagged value. Text without it needs no second look when it is read. */
export const TAG_KEY = "$tl";
const TAG_MARK = `"${TAG_KEY}"`;

/** Deep enough for any data. The careful walk spends some 1 kB of stack per level, of the megabyte there is. */
export const MAX_DEPTH = 500;

/** The stored form of `undefined`. */
export const UNDEFINED_PAYLOAD: Payload = `{"${TAG_KEY}":["undefined"]}`;

/**
 * The stored form of `value`. `what` names it in the message of a refusal.
 * @throws SerdesFailedError with the path of what cannot be stored
 */
export function encode(value: unknown, what = "The value"): Payload {
  if (value === undefined) return UNDEFINED_PAYLOAD;
  try {
    if (isPlainJson(value, 0)) return JSON.stringify(value);
    return JSON.stringify(toWire(value, { what, segments: [], ancestors: new Set() }));
  } catch (error) {
    // A getter, a proxy or a toJSON of the user's that threw.
    if (error instanceof SerdesFailedError) throw error;
    throw new SerdesFailedError(`${what} cannot be stored: reading it failed.`, "$", { cause: error });
  }
}

/** A fresh copy of what was encoded. */
export function decode(payload: Payload | undefined): unknown {
  if (payload === undefined || payload === UNDEFINED_PAYLOAD) return undefined;
  const wire = parseWire(payload);
  return payload.includes(TAG_MARK) ? fromWire(wire) : wire;
}

/** Size in storage. */
export function payloadBytes(payload: Payload | undefined): number {
  return payload === undefined ? 0 : Buffer.byteLength(payload);
}

/** The JSON of a payload, tags and all. */
export function parseWire(payload: Payload): unknown {
  try {
    return JSON.parse(payload) as unknown;
  } catch (cause) {
    throw new SerdesFailedError("A stored value is not JSON: it was damaged, or written by something else.", "$", {
      cause,
    });
  }
}

// ---- the fast path ----------------------------------------------------------------------------------------------

/** True if JSON says exactly what `value` is. Allocates nothing; a cycle ends at the depth limit. */
function isPlainJson(value: unknown, depth: number): boolean {
  if (typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return isPlainNumber(value);
  if (typeof value !== "object") return false;
  if (value === null) return true;
  if (depth >= MAX_DEPTH) return false;
  return Array.isArray(value) ? isPlainArray(value, depth) : isPlainObject(value, depth);
}

function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && (value !== 0 || 1 / value > 0);
}

function isPlainArray(value: readonly unknown[], depth: number): boolean {
  if (Object.getPrototypeOf(value) !== Array.prototype || hasToJson(value)) return false;
  for (let i = 0; i < value.length; i++) {
    if (!isPlainJson(value[i], depth + 1)) return false;
  }
  return true;
}

function isPlainObject(value: object, depth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if ((prototype !== Object.prototype && prototype !== null) || hasToJson(value)) return false;
  // for-in is twice as fast as Object.keys. What it adds, were Object.prototype polluted, leads to the careful path.
  for (const key in value) {
    if (key === TAG_KEY || !isPlainJson((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return true;
}

/** JSON.stringify would ask it, hidden or inherited as it may be. The careful path copies the fields instead. */
export function hasToJson(value: object): boolean {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === "function";
}

// ---- the careful path: value → wire -----------------------------------------------------------------------------

interface Walk {
  readonly what: string;
  /** Where the walk stands, as text to append: `.a`, `[2]`. */
  readonly segments: string[];
  readonly ancestors: Set<object>;
}

type Tagged = readonly [tag: string, content?: unknown];

function tagged(...content: Tagged): Readonly<Record<string, Tagged>> {
  return { __proto__: null, [TAG_KEY]: withoutToJson(content) } as unknown as Readonly<Record<string, Tagged>>;
}

function toWire(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return isPlainNumber(value) ? value : tagged("number", Object.is(value, -0) ? "-0" : String(value));
    case "bigint":
      return tagged("bigint", String(value));
    case "undefined":
      return tagged("undefined");
    case "function":
      throw refuse(walk, "a function");
    case "symbol":
      throw refuse(walk, "a symbol");
    case "object":
      return value === null ? null : objectToWire(value, walk);
  }
}

function objectToWire(value: object, walk: Walk): unknown {
  if (walk.ancestors.has(value)) throw refuse(walk, "a cycle: it contains itself");
  if (walk.ancestors.size >= MAX_DEPTH) throw refuse(walk, `nested deeper than ${MAX_DEPTH} levels`);
  const write = WRITERS.get(Object.getPrototypeOf(value)) as ((value: object, walk: Walk) => unknown) | undefined;
  if (write === undefined) throw refuse(walk, describeInstance(value));
  walk.ancestors.add(value);
  const wire = write(value, walk);
  walk.ancestors.delete(value);
  return wire;
}

/** By prototype: a subclass is another class, and would come back as something else. */
const WRITERS = new Map<unknown, (value: never, walk: Walk) => unknown>([
  [Object.prototype, recordToWire],
  [null, recordToWire],
  [Array.prototype, arrayToWire],
  // An invalid date has the time NaN, which JSON writes as null.
  [Date.prototype, (value: Date) => tagged("date", value.getTime())],
  [Map.prototype, mapToWire],
  [Set.prototype, setToWire],
  [Uint8Array.prototype, (value: Uint8Array) => tagged("bytes", bytesToText(value))],
  [Buffer.prototype, (value: Uint8Array) => tagged("buffer", bytesToText(value))],
]);

function bytesToText(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
}

function recordToWire(value: Readonly<Record<string, unknown>>, walk: Walk): unknown {
  // No prototype: every key is only a key, `__proto__` included.
  const wire = { __proto__: null } as unknown as Record<string, unknown>;
  for (const key of Object.keys(value)) wire[key] = within(walk, keySegment(key), value[key]);
  return Object.hasOwn(wire, TAG_KEY) ? tagged("object", wire) : wire;
}

function arrayToWire(value: readonly unknown[], walk: Walk): unknown {
  const wire: unknown[] = [];
  for (let i = 0; i < value.length; i++) {
    if (!Object.hasOwn(value, i)) throw refuse(walk, `an array with a hole at index ${i}`);
    wire.push(within(walk, `[${i}]`, value[i]));
  }
  return withoutToJson(wire);
}

/** Where somebody gave all arrays a `toJSON`: this one has none. */
function withoutToJson<T extends object>(wire: T): T {
  return hasToJson(wire) ? Object.defineProperty(wire, "toJSON", { value: undefined }) : wire;
}

function mapToWire(value: ReadonlyMap<unknown, unknown>, walk: Walk): unknown {
  const entries: unknown[] = [];
  for (const [key, item] of value) {
    const at = entries.length;
    entries.push(withoutToJson([within(walk, `<key ${at}>`, key), within(walk, `<value ${at}>`, item)]));
  }
  return tagged("map", withoutToJson(entries));
}

function setToWire(value: ReadonlySet<unknown>, walk: Walk): unknown {
  const items: unknown[] = [];
  for (const item of value) items.push(within(walk, `<item ${items.length}>`, item));
  return tagged("set", withoutToJson(items));
}

function within(walk: Walk, segment: string, value: unknown): unknown {
  walk.segments.push(segment);
  const wire = toWire(value, walk);
  walk.segments.pop();
  return wire;
}

// ---- wire → value -----------------------------------------------------------------------------------------------

function fromWire(wire: unknown): unknown {
  if (typeof wire !== "object" || wire === null) return wire;
  if (Array.isArray(wire)) {
    for (let i = 0; i < wire.length; i++) wire[i] = fromWire(wire[i]);
    return wire;
  }
  if (Object.hasOwn(wire, TAG_KEY)) return fromTagged((wire as Record<string, unknown>)[TAG_KEY]);
  return fromRecord(wire as Record<string, unknown>);
}

/** Revives in place: the wire is ours alone, fresh from JSON.parse. */
function fromRecord(wire: Record<string, unknown>): unknown {
  for (const key of Object.keys(wire)) {
    const value = fromWire(wire[key]);
    // JSON.parse made `__proto__` a property of its own; an assignment would set the prototype instead.
    if (key === "__proto__") Object.defineProperty(wire, key, { value });
    else wire[key] = value;
  }
  return wire;
}

const READERS = new Map<unknown, (content: unknown) => unknown>([
  ["undefined", () => undefined],
  ["number", Number],
  ["bigint", (content) => BigInt(content as string)],
  ["date", (content) => new Date((content as number | null) ?? Number.NaN)],
  ["map", (content) => new Map((content as [unknown, unknown][]).map(([k, v]) => [fromWire(k), fromWire(v)]))],
  ["set", (content) => new Set((content as unknown[]).map(fromWire))],
  ["bytes", (content) => new Uint8Array(Buffer.from(content as string, "base64"))],
  ["buffer", (content) => Buffer.from(content as string, "base64")],
  ["object", (content) => fromRecord(content as Record<string, unknown>)],
]);

function fromTagged(tag: unknown): unknown {
  const [name, content] = Array.isArray(tag) ? (tag as unknown[]) : [];
  const read = READERS.get(name);
  if (read === undefined) throw unreadable(name);
  try {
    return read(content);
  } catch (error) {
    if (error instanceof SerdesFailedError) throw error;
    throw unreadable(name, error);
  }
}

function unreadable(tag: unknown, cause?: unknown): SerdesFailedError {
  const name = JSON.stringify(tag) as string | undefined;
  return new SerdesFailedError(
    `A stored value with the tag ${name} cannot be read: a newer version wrote it, or it was damaged.`,
    "$",
    { cause },
  );
}

// ---- refusals ---------------------------------------------------------------------------------------------------

function refuse(walk: Walk, found: string): SerdesFailedError {
  const path = `$${walk.segments.join("")}`;
  return new SerdesFailedError(`${walk.what} cannot be stored: ${shorten(path)} is ${found}.`, path);
}

function shorten(path: string): string {
  return path.length <= 200 ? path : `${path.slice(0, 100)}…${path.slice(-90)}`;
}

function keySegment(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function describeInstance(value: object): string {
  if (value instanceof Promise) return "a promise; await it first";
  if (value instanceof Error) return "an Error; throw it, or return its message and data as a plain object";
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return `an instance of ${typeof name === "string" && name !== "" ? name : "a class"}; store a plain object instead`;
}

/**
 * State of a scope (D13): forked per child context, merged back in declaration order.
 *
 * Job: difference, patch and merge of states. Boundary: values stay encoded; who merges when is the engine's.
 * Invariants: pure, nothing is changed in place; any text is a safe key, `__proto__` and `constructor` included.
 */
import { TreelineError } from "./errors.ts";
import type { Payload } from "./journal.ts";
import { decode, encode, parseWire, TAG_KEY } from "./payload.ts";

/** Encoded values by key. */
export type StateValues = ReadonlyMap<string, Payload>;

/** New values by key; null deletes. */
export type StatePatch = ReadonlyMap<string, Payload | null>;

/** What turns `base` into `fork`. Values are equal if their encoded text is. */
export function diffState(base: StateValues, fork: StateValues): StatePatch {
  const patch = new Map<string, Payload | null>();
  if (base === fork) return patch;
  for (const [key, value] of fork) {
    if (base.get(key) !== value) patch.set(key, value);
  }
  for (const key of base.keys()) {
    if (!fork.has(key)) patch.set(key, null);
  }
  return patch;
}

/** `values` with the patch in it: a new state, or the same one where the patch is empty. */
export function applyPatch(values: StateValues, patch: StatePatch): StateValues {
  return mergeState(values, [patch]);
}

/** The patches of branches, in the order of their declaration: for each key the last one that touched it wins. */
export function mergeState(target: StateValues, patches: readonly StatePatch[]): StateValues {
  if (patches.every((patch) => patch.size === 0)) return target;
  const merged = new Map(target);
  for (const patch of patches) {
    for (const [key, value] of patch) {
      if (value === null) merged.delete(key);
      else merged.set(key, value);
    }
  }
  return merged;
}

// ---- in and out: all forms share one text -----------------------------------------------------------------------

/** A record of an author's values, as one payload. */
export function encodeState(record: Readonly<Record<string, unknown>>, what = "The state"): Payload {
  if (!isPlainObject(record)) {
    throw new TreelineError("invalid_argument", `${what} must be a plain object of values by key.`);
  }
  return encode(record, what);
}

/** The record again: a fresh copy. */
export function decodeState(payload: Payload | undefined): Readonly<Record<string, unknown>> {
  return payload === undefined ? {} : (decode(payload) as Readonly<Record<string, unknown>>);
}

/** Values as one payload, undefined where there are none. What is encoded is joined, not encoded anew. */
export function encodeStateMap(values: StateValues): Payload | undefined {
  return values.size === 0 ? undefined : join(values);
}

const NO_VALUES: StateValues = new Map();

/** A payload of `encodeState` or `encodeStateMap`, as values by key. */
export function decodeStateMap(payload: Payload | undefined): StateValues {
  if (payload === undefined) return NO_VALUES;
  const values = new Map<string, Payload>();
  for (const [key, value] of Object.entries(untagged(parseWire(payload)))) values.set(key, JSON.stringify(value));
  return values;
}

/** A patch as one payload: pairs of key and value, a key alone where it is deleted. */
export function encodeStatePatch(patch: StatePatch): Payload {
  const pairs = [...patch].map(([key, v]) =>
    v === null ? `[${JSON.stringify(key)}]` : `[${JSON.stringify(key)},${v}]`,
  );
  return `[${pairs.join(",")}]`;
}

export function decodeStatePatch(payload: Payload | undefined): StatePatch {
  const pairs = payload === undefined ? [] : (parseWire(payload) as [string, unknown?][]);
  return new Map(pairs.map((pair) => [pair[0], pair.length === 1 ? null : JSON.stringify(pair[1])]));
}

/** A patch that somebody outside wrote as a record: `null` deletes a key. */
export function decodeOutsidePatch(payload: Payload | undefined): StatePatch {
  const patch = new Map<string, Payload | null>(decodeStateMap(payload));
  for (const [key, value] of patch) if (value === "null") patch.set(key, null);
  return patch;
}

/** The author's view of the values: a fresh copy. */
export function decodeStateValues(values: StateValues): Readonly<Record<string, unknown>> {
  return decodeState(join(values));
}

function join(values: StateValues): Payload {
  const fields: string[] = [];
  for (const [key, value] of values) fields.push(`${JSON.stringify(key)}:${value}`);
  const text = `{${fields.join(",")}}`;
  return values.has(TAG_KEY) ? `{"${TAG_KEY}":["object",${text}]}` : text;
}

function untagged(wire: unknown): object {
  const tag: unknown = Object.hasOwn(wire as object, TAG_KEY) ? (wire as Record<string, unknown>)[TAG_KEY] : undefined;
  return (Array.isArray(tag) ? tag[1] : wire) as object;
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Redaction (D3): replaces values at given paths, in events and in logs. What it is given is left as it is.
 *
 * A path is dotted, relative to the data: `input.card.number`; `*` is any key or index. Keys that contain a dot
 * cannot be named; redact what is around them. Paths that lead nowhere change nothing.
 */
import type { ErrorObject } from "../kernel/journal.ts";
import { decode, encode } from "../kernel/payload.ts";
import type { LogSink } from "../ports/log-sink.ts";

export const REDACTED = "[redacted]";

export type Redactor = <T>(value: T) => T;

export function redactor(paths: readonly string[]): Redactor {
  const split = paths.map((path) => path.split(".")).filter((segments) => segments.every((segment) => segment !== ""));
  return <T>(value: T) => split.reduce<unknown>((redacted, segments) => redactAt(redacted, segments), value) as T;
}

/** Of a line of the log, the fields: paths are relative to them. */
export function redactedLog(log: LogSink, paths: readonly string[]): LogSink {
  if (paths.length === 0) return log;
  const redact = redactor(paths);
  return (line) => log(line.fields === undefined ? line : { ...line, fields: redact(line.fields) });
}

/** The same for an error as `error` (`error.message`, `error.data.token`), and for each of its causes. */
export function redactError(redact: Redactor, error: ErrorObject): ErrorObject {
  const { data, cause, ...rest } = error;
  const shown: Shown = data === undefined ? rest : { ...rest, data: decode(data) };
  const { error: hidden } = redact<{ error: Shown | typeof REDACTED }>({ error: shown });
  if (hidden === REDACTED) return { type: REDACTED, message: REDACTED };
  const { data: hiddenData, ...hiddenRest } = hidden;
  return {
    ...hiddenRest,
    ...(data === undefined ? undefined : { data: encode(hiddenData) }),
    ...(cause === undefined ? undefined : { cause: redactError(redact, cause) }),
  };
}

type Shown = Omit<ErrorObject, "data" | "cause"> & { readonly data?: unknown };

function redactAt(value: unknown, segments: readonly string[]): unknown {
  const [segment, ...rest] = segments;
  if (segment === undefined) return value === undefined ? undefined : REDACTED;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return mapItems(value, segment, rest);
  if (value instanceof Map) return new Map(mapPairs([...value], segment, rest));
  if (value instanceof Set) return segment === "*" ? new Set([...value].map((item) => redactAt(item, rest))) : value;
  return isRecord(value) ? Object.fromEntries(mapPairs(Object.entries(value), segment, rest)) : value;
}

function mapItems(items: readonly unknown[], segment: string, rest: readonly string[]): unknown[] {
  return items.map((item, index) => (segment === "*" || segment === String(index) ? redactAt(item, rest) : item));
}

function mapPairs<K>(pairs: readonly [K, unknown][], segment: string, rest: readonly string[]): [K, unknown][] {
  return pairs.map(([key, item]) => [key, segment === "*" || segment === String(key) ? redactAt(item, rest) : item]);
}

function isRecord(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

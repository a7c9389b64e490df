/**
 * The longest value that is stored (M31): the one check of everything that goes into a journal or a head.
 *
 * What code asks for is checked where it becomes an entry (`checkIntent`), what it is told where it is delivered
 * (`boundedError`), and what comes from outside, and results, where they are encoded (`checkPayloadSize`).
 */
import { LimitError } from "./errors.ts";
import type { ChildDetails, Delivery, ErrorObject, Intent, MarkKind, Meta, OpDetails } from "./journal.ts";

/** A character takes three bytes of UTF-8 at most, so short payloads need no count. */
const MAX_BYTES_PER_CHARACTER = 3;

/** @throws LimitError `payload_too_large` when the text, of a payload for example, has more than `limit` bytes */
export function checkPayloadSize(payload: string, limit: number, what: string): void {
  if (payload.length * MAX_BYTES_PER_CHARACTER <= limit) return;
  const bytes = Buffer.byteLength(payload);
  if (bytes <= limit) return;
  throw new LimitError(
    "payload_too_large",
    `${what} has ${bytes} bytes; the limit is ${limit}. Store it elsewhere and pass a reference`,
  );
}

/** @throws LimitError `payload_too_large` */
export function checkIntent(entry: Intent, limit: number): void {
  if (entry.t === "mark" && !GIVEN.has(entry.kind)) return;
  checkPayloadSize(entry.n, limit, `the name of a ${entry.kind}`);
  checkRecord(entry.m, limit, `meta of ${entry.n}`);
  if (entry.t === "mark") checkOptional(entry.v, limit, `${NAMES[entry.kind] ?? entry.kind} ${entry.n}`);
  else if (entry.d !== undefined) checkDetails(entry.d, entry.n, limit);
}

/** Marks of what callers hand over. The others say what became of it, and must not fail. */
const GIVEN: ReadonlySet<MarkKind> = new Set<MarkKind>(["STATE", "EVENT", "DOCUMENT", "PATCH"]);
const NAMES: Partial<Record<MarkKind, string>> = { STATE: "state", EVENT: "event", DOCUMENT: "document" };

function checkDetails({ initial, payload, reason, child }: OpDetails, name: string, limit: number): void {
  checkOptional(initial, limit, `initialState of ${name}`);
  checkOptional(payload, limit, `payload of ${name}`);
  checkOptional(reason, limit, `the reason of ${name}`);
  if (child !== undefined) checkChild(child, limit);
}

/** What an execution is started with, whoever starts it. */
export type StartSizes = Pick<ChildDetails, "state" | "summary" | "attributes" | "meta">;

/** @throws LimitError `payload_too_large` */
export function checkStartSize(
  { state, summary, attributes, meta }: StartSizes,
  workflow: string,
  limit: number,
): void {
  checkOptional(state, limit, `state of ${workflow}`);
  checkOptional(summary, limit, `summary of ${workflow}`);
  checkRecord(attributes, limit, `attributes of ${workflow}`);
  checkRecord(meta, limit, `meta of ${workflow}`);
}

/** Of a child that a step starts too, where it is not an operation yet. @throws LimitError `payload_too_large` */
export function checkChild(child: Omit<ChildDetails, "id">, limit: number): void {
  checkPayloadSize(child.input, limit, `input of ${child.workflow}`);
  checkStartSize(child, child.workflow, limit);
}

function checkOptional(payload: string | undefined, limit: number, what: string): void {
  if (payload !== undefined) checkPayloadSize(payload, limit, what);
}

function checkRecord(record: Meta | undefined, limit: number, what: string): void {
  if (record !== undefined) checkPayloadSize(JSON.stringify(record), limit, what);
}

/** Type and message are kept; data that is too big is dropped, as data that cannot be stored is, of each cause too. */
export function boundedError(error: ErrorObject, limit: number): ErrorObject {
  const { data, cause, ...rest } = error;
  const isBig = data !== undefined && Buffer.byteLength(data) > limit;
  const bounded = cause === undefined ? undefined : boundedError(cause, limit);
  if (!isBig && bounded === cause) return error;
  return {
    ...rest,
    ...(data === undefined || isBig ? undefined : { data }),
    ...(bounded === undefined ? undefined : { cause: bounded }),
  };
}

/** What is delivered, with its error bounded. */
export function boundedDelivery(entry: Delivery, limit: number): Delivery {
  if (!("e" in entry) || entry.e === undefined) return entry;
  const e = boundedError(entry.e, limit);
  return e === entry.e ? entry : { ...entry, e };
}

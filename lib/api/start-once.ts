/**
 * A start that may be repeated: one execution per namespace and key, however often and from however many sides it is
 * asked for.
 *
 * The key decides the execution's public id, so it is the home's own claim of the id, atomic, that lets exactly one of
 * many starts through. A digest of the request stands in the execution's metadata: who comes later is given the execution if
 * he asks for the same, and refused if not. A start that is refused creates nothing and uses no key. The key is free
 * again when the execution's retention is over.
 */
import { createHash } from "node:crypto";
import { ExecutionAlreadyStartedError, TreelineError } from "../kernel/errors.ts";
import { encode, parseWire } from "../kernel/payload.ts";
import type { Client, ClientHandle, ClientStartOptions } from "../ports/client.ts";

/** Where the digest of the request stands. */
const DIGEST_KEY = "idempotencyDigest";
const LONGEST_KEY = 255;

export interface KeyedStart {
  readonly workflow: string;
  readonly input: unknown;
  readonly options: ClientStartOptions;
  readonly key: string;
}

export interface StartedOnce {
  readonly handle: ClientHandle;
  /** It was started by an earlier request with this key. */
  readonly replayed: boolean;
}

/** @throws TreelineError `idempotency_key_reused` when the key belongs to another request, `invalid_argument` */
export async function startOnce(client: Client, start: KeyedStart): Promise<StartedOnce> {
  checkKey(start);
  const { workflow, input, options, key } = start;
  const id = `idempotency-${digestOf(key)}`;
  const digest = digestOf(canonical({ workflow, input, ...withoutUndefined(options) }));
  const claim: ClientStartOptions = {
    ...options,
    id,
    idReuse: "reject",
    meta: { ...options.meta, [DIGEST_KEY]: digest },
  };
  try {
    return { handle: await client.start(workflow, input, { ...claim, idConflict: "fail" }), replayed: false };
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyStartedError)) throw error;
  }
  const { handle, found } = await whoHasIt(client, start, id, claim);
  if (found === digest) return { handle, replayed: true };
  throw new TreelineError(
    "idempotency_key_reused",
    `the idempotency key was used for another request, which started execution ${handle.executionId}; use a new key`,
  );
}

/** The refusal may have come before the other start was durable: what is asked here waits for that. */
async function whoHasIt(
  client: Client,
  { workflow, input }: KeyedStart,
  id: string,
  claim: ClientStartOptions,
): Promise<{ handle: ClientHandle; found: unknown }> {
  try {
    const handle = await client.start(workflow, input, { ...claim, idConflict: "use_existing" });
    return { handle, found: (await handle.get()).meta?.[DIGEST_KEY] };
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyStartedError)) throw error;
  }
  // It has ended.
  const handle = await client.execution(id, claim.namespace);
  return { handle, found: (await handle.outcome()).meta?.[DIGEST_KEY] };
}

function checkKey({ key, options }: KeyedStart): void {
  if (key.trim() === "" || key.length > LONGEST_KEY) {
    throw new TreelineError("invalid_argument", `an idempotency key has 1 to ${LONGEST_KEY} characters`);
  }
  if (options.id === undefined && options.idConflict === undefined && options.idReuse === undefined) return;
  throw new TreelineError(
    "invalid_argument",
    "an idempotency key decides the execution's id; leave out id, idConflict and idReuse, or the key",
  );
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** The same text for the same request, in whatever order its fields came. */
function canonical(request: object): string {
  return JSON.stringify(sorted(parseWire(encode(request, "the request"))));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  // As pairs: no name means anything to an array.
  return { fields: fields.map(([name, field]) => [name, sorted(field)]) };
}

function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

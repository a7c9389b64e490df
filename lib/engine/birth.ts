/**
 * What a new execution is made of, whoever asks for it, on every home: checked, bounded, and placed in its tree.
 */
import type { Workflow } from "../kernel/definition.ts";
import { endOf } from "../kernel/duration.ts";
import { LimitError, TreelineError } from "../kernel/errors.ts";
import type {
  ChildDetails,
  IdConflictPolicy,
  IdReusePolicy,
  Meta,
  Millis,
  Payload,
  RetryPolicyData,
  RunEntry,
} from "../kernel/journal.ts";
import { pathSegment } from "../kernel/keys.ts";
import { decode, encode } from "../kernel/payload.ts";
import { hashText } from "../kernel/random.ts";
import { validate } from "../kernel/schema.ts";
import { checkPayloadSize, checkStartSize } from "../kernel/payload-size.ts";
import type { ExecutionStatics } from "./statics.ts";

const NAMES_SHOWN = 20;

/** What was asked for. */
export interface BirthRequest {
  readonly namespace: string;
  readonly workflow: string;
  readonly version?: string;
  readonly input: unknown;
  readonly publicId?: string;
  readonly idConflict?: IdConflictPolicy;
  readonly idReuse?: IdReusePolicy;
  readonly executionTimeoutMs?: number;
  readonly startDelayMs?: number;
  readonly retry?: RetryPolicyData;
  readonly allowRecursion?: boolean;
  readonly state?: Payload;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly summary?: string;
  readonly priority?: number;
  readonly meta?: Meta;
}

/** The parent of a child, as far as its birth depends on it. */
export interface BirthParent {
  readonly statics: ExecutionStatics;
  readonly generation: number;
  /** Key of the operation that starts the child. */
  readonly key: string;
  readonly child: ChildDetails;
  /** Fingerprints of the parent's ancestors and of the parent itself, the root's first. */
  readonly ancestors: readonly string[];
}

/** What a parent recorded of the child it starts, as a request. */
export function requestOf(namespace: string, child: ChildDetails): BirthRequest {
  const { workflow, input, awaited: _awaited, id: _id, policy: _policy, ...rest } = child;
  return { namespace, workflow, input: decode(input), ...rest };
}

export interface CheckedInput {
  readonly payload: Payload;
  /** Digest of workflow and input: what the recursion check compares. */
  readonly fingerprint: string;
}

/** @throws ValidationError, LimitError `payload_too_large` */
export async function checkInput(workflow: Workflow, request: BirthRequest, longest: number): Promise<CheckedInput> {
  checkStartSize(request, workflow.name, longest);
  const what = `input of ${workflow.name}`;
  const payload = encode(await validate(workflow.input, request.input, what), what);
  checkPayloadSize(payload, longest, what);
  return { payload, fingerprint: fingerprintOf(workflow.name, payload) };
}

export function fingerprintOf(workflow: string, payload: Payload): string {
  return hashText(`${workflow}\n${payload}`);
}

/** Depth and recursion are refused before anything exists; the error names the chain. @throws LimitError */
export function refuseRecursion(
  request: Pick<BirthRequest, "allowRecursion">,
  workflow: Workflow,
  { statics, ancestors }: Pick<BirthParent, "statics" | "ancestors">,
  fingerprint: string,
  maxDepth: number,
): void {
  const limit = Math.min(maxDepth, workflow.maxDepth ?? Number.POSITIVE_INFINITY);
  const chain = `${statics.path}/${workflow.name}`;
  const depth = statics.depth + 1;
  if (depth > limit) {
    throw new LimitError(
      "depth_exceeded",
      `${chain}: depth ${depth} is beyond the limit of ${limit}; raise limits.depth or maxDepth if it is meant`,
    );
  }
  const isAllowed = request.allowRecursion === true || workflow.allowRecursion === true;
  if (!isAllowed && ancestors.includes(fingerprint)) {
    throw new LimitError(
      "recursion_refused",
      `${chain}: ${workflow.name} with this input already stands among its ancestors; set allowRecursion if it is meant`,
    );
  }
}

export interface Birthday {
  readonly id: string;
  readonly now: Millis;
  readonly fingerprint: string;
  readonly parent?: BirthParent | undefined;
}

export function staticsOf(request: BirthRequest, workflow: Workflow, birth: Birthday): ExecutionStatics {
  const { id, now, fingerprint, parent } = birth;
  const { startDelayMs = 0 } = request;
  const startAt = startDelayMs === 0 ? undefined : now + startDelayMs;
  const deadline = lifeEnd(request, workflow, startAt ?? now, parent);
  const retry = request.retry ?? workflow.retry;
  return {
    id,
    publicId: request.publicId ?? id,
    namespace: request.namespace,
    workflow: workflow.name,
    version: workflow.version,
    digest: workflow.digest,
    createdAt: now,
    fingerprint,
    ...(parent === undefined ? { rootId: id, depth: 0, path: workflow.name } : placeBelow(parent)),
    ...(deadline === undefined ? undefined : { deadline }),
    ...(startAt === undefined ? undefined : { startAt }),
    ...(retry === undefined ? undefined : { retry }),
    ...(request.attributes === undefined ? undefined : { attributes: request.attributes }),
    ...(request.summary === undefined ? undefined : { summary: request.summary }),
    ...(request.priority === undefined ? undefined : { priority: request.priority }),
    ...(request.meta === undefined ? undefined : { meta: request.meta }),
    ...(workflow.retentionMs === undefined ? undefined : { retentionMs: workflow.retentionMs }),
  };
}

/** The first entry of its journal. */
export function firstRun(request: BirthRequest, { startAt }: ExecutionStatics, input: Payload, now: Millis): RunEntry {
  return {
    t: "run",
    g: 1,
    cause: "start",
    a: 1,
    input,
    at: now,
    ...(startAt === undefined ? undefined : { due: startAt }),
    ...(request.state === undefined ? undefined : { state: request.state }),
  };
}

export function unknownWorkflow({ workflow, version }: BirthRequest, known: readonly string[]): TreelineError {
  const which = version === undefined ? workflow : `${workflow} in version ${version}`;
  return new TreelineError("workflow_unknown", `workflow ${which} is not known here; known: ${someOf(known)}`);
}

/** As many names as a person reads. */
export function someOf(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, NAMES_SHOWN).join(", ");
  return names.length <= NAMES_SHOWN ? shown : `${shown} and ${names.length - NAMES_SHOWN} others`;
}

function placeBelow({ statics, generation, key, child }: BirthParent) {
  return {
    rootId: statics.rootId,
    depth: statics.depth + 1,
    path: `${statics.path}/${pathSegment(key)}`,
    parentId: statics.id,
    parentOperation: key,
    parentGeneration: generation,
    policy: child.policy,
    awaited: child.awaited,
  };
}

/**
 * A child's own deadline is never past its parent's unless it is abandoned. One without a deadline of its own inherits
 * none: the close policy decides what becomes of it when its parent times out.
 */
function lifeEnd(
  request: BirthRequest,
  workflow: Workflow,
  begins: Millis,
  parent: BirthParent | undefined,
): Millis | undefined {
  const own = request.executionTimeoutMs ?? workflow.executionTimeoutMs;
  if (own === undefined) return undefined;
  const bound = parent === undefined || parent.child.policy === "abandon" ? undefined : parent.statics.deadline;
  return Math.min(endOf(begins, own, `executionTimeout of ${workflow.name}`), bound ?? Number.POSITIVE_INFINITY);
}

/**
 * The statics of an execution as a page holds them: by place instead of by name, and without what its id tells (the
 * root's id stands in it, D5). They are most of what a page says of a new execution, so every commit pays their length.
 */
import type { Millis, ParentClosePolicy } from "../../kernel/journal.ts";
import { rootOf } from "./execution-ids.ts";
import { sizeOf } from "./page-entries.ts";
import type { ExecutionStatics } from "./records.ts";

type Origin = [
  workflow: string,
  version: string,
  digest: string,
  namespace: string,
  /** Counted from the time of the page. */
  createdAt: Millis,
  path: string,
  depth: number,
  /** "" where there is none. */
  fingerprint: string,
];

/** The parent by its number, where the page mentions it. */
type Parentage = [
  id: string | number,
  operation: string,
  generation: number,
  policy: ParentClosePolicy,
  awaited: boolean,
];

export type StoredStatics = [origin: Origin, parentage: Parentage | 0, rest?: Partial<ExecutionStatics>];

/** Fields that every execution has: those of its origin, and its ids. The fingerprint may be missing. */
const KNOWN = 10;
const PARENTAGE = ["parentId", "parentOperation", "parentGeneration", "policy", "awaited"] as const;
const RARE = [
  "deadline",
  "startAt",
  "retry",
  "idReuse",
  "attributes",
  "summary",
  "priority",
  "meta",
  "module",
  "retentionMs",
] as const;

export function encodeStatics(
  statics: ExecutionStatics,
  base: Millis,
  numbers: ReadonlyMap<string, number>,
): StoredStatics {
  const { workflow, version, digest, namespace, createdAt, path, depth, fingerprint = "" } = statics;
  const origin: Origin = [workflow, version, digest, namespace, createdAt - base, path, depth, fingerprint];
  const parentage = parentageOf(statics, numbers);
  const rest = restOf(statics, parentage === 0);
  return rest === undefined ? [origin, parentage] : [origin, parentage, rest];
}

/** 0 where there is no parent. */
function parentageOf(statics: ExecutionStatics, numbers: ReadonlyMap<string, number>): Parentage | 0 {
  const { parentId, parentOperation, parentGeneration, policy, awaited } = statics;
  if (parentId === undefined || parentOperation === undefined || parentGeneration === undefined) return 0;
  if (policy === undefined || awaited === undefined) return 0;
  return [numbers.get(parentId) ?? parentId, parentOperation, parentGeneration, policy, awaited];
}

/** What few executions have, by name. */
function restOf(statics: ExecutionStatics, withParentage: boolean): Partial<ExecutionStatics> | undefined {
  const known = KNOWN + (statics.fingerprint === undefined ? 0 : 1) + (withParentage ? 0 : PARENTAGE.length);
  // Counting them is much cheaper than asking for each.
  if (sizeOf(statics) === known && statics.publicId === statics.id) return undefined;
  const names = withParentage ? [...PARENTAGE, ...RARE] : RARE;
  const rest: Record<string, unknown> = {};
  let isEmpty = true;
  if (statics.publicId !== statics.id) {
    rest["publicId"] = statics.publicId;
    isEmpty = false;
  }
  for (const name of names) {
    if (statics[name] === undefined) continue;
    rest[name] = statics[name];
    isEmpty = false;
  }
  return isEmpty ? undefined : (rest as Partial<ExecutionStatics>);
}

export function decodeStatics(
  id: string,
  stored: StoredStatics,
  base: Millis,
  ids: readonly string[],
): ExecutionStatics {
  const [[workflow, version, digest, namespace, createdAt, path, depth, fingerprint], parentage, rest] = stored;
  return {
    id,
    publicId: id,
    namespace,
    workflow,
    version,
    digest,
    createdAt: base + createdAt,
    rootId: rootOf(id),
    depth,
    path,
    ...(fingerprint !== "" && { fingerprint }),
    ...(parentage !== 0 && decodeParentage(parentage, ids)),
    ...rest,
  };
}

function decodeParentage(parentage: Parentage, ids: readonly string[]): Partial<ExecutionStatics> {
  const [parent, parentOperation, parentGeneration, policy, awaited] = parentage;
  const parentId = typeof parent === "number" ? (ids[parent] ?? "") : parent;
  return { parentId, parentOperation, parentGeneration, policy, awaited };
}

/** Groups that are short to write down. Without vitest, so that processes of their own can use them. */
import type { Entry } from "../../../lib/kernel/journal.ts";
import type { CommitGroup, ExecutionStatics, LogRecord } from "../../../lib/homes/embedded/records.ts";

export const AT = 1_700_000_000_000;

export function group(parts: Partial<CommitGroup>): CommitGroup {
  return { created: [], records: [], ended: [], rested: [], woken: [], generations: [], inboxApplied: [], ...parts };
}

export function statics(id: string, more: Partial<ExecutionStatics> = {}): ExecutionStatics {
  const rootId = id.split("-", 1)[0] ?? id;
  return {
    id,
    publicId: id,
    namespace: "default",
    workflow: "order",
    version: "1",
    digest: "d1",
    createdAt: AT,
    rootId,
    depth: id === rootId ? 0 : 1,
    path: "order",
    ...more,
  };
}

/** A group that creates executions, each with its first entry. */
export function creation(...all: readonly (string | ExecutionStatics)[]): CommitGroup {
  const heads = all.map((one) => (typeof one === "string" ? statics(one) : one));
  return group({
    created: heads.map((one) => ({ statics: one, claimsName: one.publicId !== one.id })),
    records: heads.map((one) => record(one.id, run())),
  });
}

/** A group that ends executions, each with its last entry. */
export function ending(at: number, ...ids: readonly string[]): CommitGroup {
  return group({
    records: ids.map((id) => record(id, fin(at))),
    ended: ids.map((id) => ({ id, status: "SUCCEEDED", at })),
  });
}

export function record(executionId: string, entry: Entry, generation = 1): LogRecord {
  return { executionId, generation, entry };
}

export function run(generation = 1): Entry {
  return { t: "run", g: generation, cause: generation === 1 ? "start" : "continue", a: 1, input: "null", at: AT };
}

export function ok(key: string, payload = "1"): Entry {
  return { t: "ok", k: key, v: payload, at: AT };
}

export function fin(at = AT): Entry {
  return { t: "fin", status: "SUCCEEDED", usage: { operations: 0, attempts: 0, children: 0, bytes: 0 }, at };
}

/** What a database still has to do. */
import { openReader } from "../homes/embedded/store.ts";
import type { Client, ExecutionView } from "../ports/client.ts";
import type { ExecutionAddress } from "./follow.ts";

export interface OpenWork {
  /** Of the trees in which something is open. */
  readonly roots: readonly ExecutionAddress[];
  /** Files that the open executions' workflows came from. */
  readonly modules: readonly string[];
}

type Reading = Pick<Client, "list" | "pending">;

/** Executions of one tree that are looked at to see whether it can go on. */
const LIMIT = 1_000;

export function readOpenWork(file: string): OpenWork {
  const reader = openReader({ file });
  try {
    const heads = [...reader.openHeads()];
    return {
      roots: [...new Map(heads.map(({ rootId, namespace }) => [rootId, { id: rootId, namespace }])).values()],
      modules: [...new Set(heads.flatMap(({ module }) => module ?? []))],
    };
  } finally {
    reader.close();
  }
}

/** The executions of an open tree that keep it from going on: the loaded code does not fit. None: it can go on. */
export async function whatBlocks(client: Reading, root: ExecutionAddress): Promise<readonly ExecutionView[]> {
  const { executions: open } = await client.list({
    rootId: root.id,
    status: ["PENDING", "RUNNING", "WAITING"],
    limit: LIMIT,
  });
  const blocked = open.filter((view) => view.blocked !== undefined);
  const others = open.filter((view) => view.blocked === undefined);
  if (blocked.length === 0 || others.some(({ status }) => status !== "WAITING")) return [];
  const blockedIds = new Set(blocked.map(({ id }) => id));
  const waits = await client.pending(root.id, root.namespace);
  const waitsForOthers = waits.some(({ kind, executionId }) => kind !== "CHILD" && !blockedIds.has(executionId));
  return waitsForOthers ? [] : blocked;
}

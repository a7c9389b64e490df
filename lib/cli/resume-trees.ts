/** Follows trees that were taken up again, until each has ended or cannot go on here. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ExecutionView } from "../ports/client.ts";
import { follow, type ExecutionAddress } from "./follow.ts";
import { whatBlocks } from "./open-work.ts";
import type { TreeDisplay } from "./tree-display.ts";

const LOOK_MS = 250;

/** Gives the executions that are blocked. */
export async function followUntilStuck(
  client: Pick<Client, "events" | "list" | "pending">,
  roots: readonly ExecutionAddress[],
  display: TreeDisplay,
  signal: AbortSignal,
): Promise<readonly ExecutionView[]> {
  const results = await Promise.all(roots.map((root) => followOne(client, root, display, signal)));
  return results.flat();
}

async function followOne(
  client: Pick<Client, "events" | "list" | "pending">,
  root: ExecutionAddress,
  display: TreeDisplay,
  signal: AbortSignal,
): Promise<readonly ExecutionView[]> {
  const stuck = new AbortController();
  const over = new AbortController();
  const blocked = watchBlocks(client, root, over.signal).finally(() => stuck.abort());
  try {
    await follow(client, root, display, AbortSignal.any([signal, stuck.signal]));
  } finally {
    over.abort();
  }
  return blocked;
}

/** Looks from time to time; twice the same, for what was just begun is not stuck. */
async function watchBlocks(
  client: Pick<Client, "list" | "pending">,
  root: ExecutionAddress,
  over: AbortSignal,
): Promise<readonly ExecutionView[]> {
  let before: readonly ExecutionView[] = [];
  while (!over.aborted) {
    await sleep(LOOK_MS, undefined, { signal: over }).catch(() => {});
    if (over.aborted) break;
    const blocks = await whatBlocks(client, root);
    if (before.length > 0 && blocks.length > 0) return blocks;
    before = blocks;
  }
  return [];
}

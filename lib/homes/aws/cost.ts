/** What an execution, and all that is below it, has cost so far: from the counts that their heads keep. */
import type { AwsContext } from "./context.ts";
import { type Head, readHead } from "./head.ts";
import { resolveHead } from "./heads.ts";
import { HEADS_PREFIX, treePartition } from "./keys.ts";
import { type Counts, countsOf, NOTHING, plus } from "./meter.ts";
import { PRICES, usdOf } from "./prices.ts";

export interface CostReport {
  readonly execution: Figures;
  readonly subtree: Figures;
  /** The list prices that were applied. */
  readonly prices: { readonly date: string; readonly region: string };
}

type Figures = Counts & { readonly usd: number };

/** @throws ExecutionNotFoundError */
export async function costOf(cx: AwsContext, id: string, namespace: string): Promise<CostReport> {
  const { statics } = await resolveHead(cx.table, namespace, id);
  const items = await cx.table.query({ pk: treePartition(statics.id), prefix: HEADS_PREFIX, strong: true });
  const tree = items.map((item) => ({ head: readHead(item), counts: countsOf(item) }));
  const below = subtreeOf(
    tree.map(({ head }) => head),
    statics.id,
  );
  const sum = (ids: ReadonlySet<string>): Figures =>
    figures(
      tree.filter(({ head }) => ids.has(head.statics.id)).reduce((all, { counts }) => plus(all, counts), NOTHING),
    );
  const { date, region } = PRICES;
  return { execution: sum(new Set([statics.id])), subtree: sum(below), prices: { date, region } };
}

function subtreeOf(heads: readonly Head[], id: string): ReadonlySet<string> {
  const below = new Set([id]);
  // Whoever is deeper comes later.
  for (const { statics } of heads.toSorted((a, b) => a.statics.depth - b.statics.depth))
    if (statics.parentId !== undefined && below.has(statics.parentId)) below.add(statics.id);
  return below;
}

function figures(counts: Counts): Figures {
  return { usd: usdOf(counts), ...counts };
}

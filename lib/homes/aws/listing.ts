/** Lists executions, newest first: by the index of a workflow's executions, or within one tree (D27). */
import { DEFAULT_NAMESPACE } from "../../engine/client-start.ts";
import { formatListCursor, parseListCursor } from "../../engine/list-cursor.ts";
import type { ExecutionView, ListFilter } from "../../ports/client.ts";
import type { AwsContext } from "./context.ts";
import type { Head } from "./head.ts";
import { findHead, headsOfChildren, headsOfTree, resolveHead } from "./heads.ts";
import { keyBefore, listingKeys, listingPartition, padded, SHARD_NAMES } from "./keys.ts";
import { registered } from "./registry.ts";
import { viewOf } from "./views.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** Behind all times. */
const END = padded(10 ** 14, 15);

interface Page {
  readonly executions: readonly ExecutionView[];
  readonly cursor?: string;
}

export async function listExecutions(cx: AwsContext, filter: ListFilter): Promise<Page> {
  const { limit = DEFAULT_LIMIT } = filter;
  const before = filter.cursor === undefined ? END : keyBefore(parseListCursor(filter.cursor));
  const wanted = Math.min(limit, MAX_LIMIT);
  const found: Head[] = [];
  for await (const head of candidates(cx, filter, before)) {
    if (isWanted(head, filter)) found.push(head);
    if (found.length > wanted) break;
  }
  const page = found.slice(0, wanted);
  const last = page.at(-1);
  return {
    executions: page.map(viewOf),
    ...(found.length > wanted && last !== undefined ? { cursor: formatListCursor(last.statics) } : undefined),
  };
}

/** Newest first, from the cursor on. */
async function* candidates(cx: AwsContext, filter: ListFilter, before: string): AsyncGenerator<Head> {
  const related = await relatives(cx, filter);
  if (related === undefined) yield* byWorkflow(cx, filter, before);
  else yield* newestFirst(related, before);
}

async function relatives({ table }: AwsContext, filter: ListFilter): Promise<readonly Head[] | undefined> {
  const { rootId, parentId, namespace = DEFAULT_NAMESPACE } = filter;
  const id = parentId ?? rootId;
  if (id === undefined) return undefined;
  const head = await resolveHead(table, namespace, id).catch(() => undefined);
  if (head === undefined) return [];
  if (parentId !== undefined) return headsOfChildren(table, head.statics.id, true);
  return headsOfTree(table, head.statics.id);
}

function newestFirst(heads: readonly Head[], before: string): readonly Head[] {
  const keyed = heads.map((head) => ({ head, key: listingKeys(head.statics).gsk }));
  return keyed
    .filter(({ key }) => key < before)
    .toSorted((a, b) => (a.key < b.key ? 1 : -1))
    .map(({ head }) => head);
}

const PAGE = 100;

/** Merges the partitions of the workflows; reads heads one page ahead at most. */
async function* byWorkflow(cx: AwsContext, filter: ListFilter, cursor: string): AsyncGenerator<Head> {
  const { workflow, namespace = DEFAULT_NAMESPACE, startedAfter, startedBefore } = filter;
  const workflows = workflow === undefined ? await namesIn(cx, namespace) : [workflow];
  const before = startedBefore === undefined ? cursor : min(cursor, padded(startedBefore, 15));
  const after = startedAfter === undefined ? undefined : `${padded(startedAfter, 15)}$`;
  const streams = workflows.flatMap((name) =>
    SHARD_NAMES.map((shard) => new Stream(cx, listingPartition(namespace, name, shard), before, after)),
  );
  await Promise.all(streams.map((stream) => stream.fill()));
  for (;;) {
    const next = newest(streams);
    if (next === undefined) return;
    const id = next.take();
    const head = await findHead(cx.table, id, true);
    if (head !== undefined) yield head;
    if (next.isEmpty) await next.fill();
  }
}

async function namesIn({ table }: AwsContext, namespace: string): Promise<readonly string[]> {
  return (await registered(table, namespace)).map((each) => each.workflow);
}

function newest(streams: readonly Stream[]): Stream | undefined {
  let best: Stream | undefined;
  for (const stream of streams) if (stream.first !== undefined && stream.first > (best?.first ?? "")) best = stream;
  return best;
}

/** The keys of one partition, page by page. */
class Stream {
  readonly #cx: AwsContext;
  readonly #partition: string;
  readonly #after: string | undefined;
  #before: string;
  #keys: string[] = [];
  #isOver = false;

  constructor(cx: AwsContext, partition: string, before: string, after: string | undefined) {
    this.#cx = cx;
    this.#partition = partition;
    this.#before = before;
    this.#after = after;
  }

  get first(): string | undefined {
    return this.#keys[0];
  }

  get isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  /** @returns the id of the first */
  take(): string {
    const key = this.#keys.shift() ?? "";
    return key.slice(key.indexOf("#") + 1);
  }

  async fill(): Promise<void> {
    if (this.#isOver || this.#keys.length > 0) return;
    const items = await this.#cx.table.queryIndex({
      index: "byWorkflow",
      partition: this.#partition,
      before: this.#before,
      after: this.#after,
      newestFirst: true,
      limit: PAGE,
    });
    this.#keys = items.map(({ gsk }) => String(gsk));
    this.#before = this.#keys.at(-1) ?? this.#before;
    this.#isOver = items.length < PAGE;
  }
}

function isWanted({ statics, status }: Head, filter: ListFilter): boolean {
  const { workflow, rootId, parentId, namespace = DEFAULT_NAMESPACE, startedAfter, startedBefore } = filter;
  const statuses = filter.status === undefined ? undefined : [filter.status].flat();
  return (
    // Here the code of an execution is pinned: none is blocked.
    filter.blocked !== true &&
    statics.namespace === namespace &&
    (workflow === undefined || statics.workflow === workflow) &&
    (rootId === undefined || statics.rootId === rootId) &&
    (parentId === undefined || statics.parentId === parentId) &&
    (statuses === undefined || statuses.includes(status)) &&
    (startedAfter === undefined || statics.createdAt > startedAfter) &&
    (startedBefore === undefined || statics.createdAt < startedBefore) &&
    Object.entries(filter.attributes ?? {}).every(([name, value]) => statics.attributes?.[name] === value)
  );
}

function min(a: string, b: string): string {
  return a < b ? a : b;
}

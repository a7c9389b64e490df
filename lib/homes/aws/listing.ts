/** Lists executions, newest first: by the index of a workflow's executions, or within one tree (D27). */
import { DEFAULT_NAMESPACE } from "../../engine/client-start.ts";
import type { ExecutionView, ListFilter } from "../../ports/client.ts";
import { TreelineError } from "../../kernel/errors.ts";
import type { AwsContext } from "./context.ts";
import type { Head } from "./head.ts";
import { findHead, headsOfChildren, headsOfTree, resolveHead } from "./heads.ts";
import { listingKeys, listingPartition, padded, SHARD_NAMES } from "./keys.ts";
import { registered } from "./registry.ts";
import { viewOf } from "./views.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** Behind all times. */
const END = padded(10 ** 14, 15);
const CURSOR = /^\d{15}#[0-9a-z-]{20,60}$/;

interface Page {
  readonly executions: readonly ExecutionView[];
  readonly cursor?: string;
}

export async function listExecutions(cx: AwsContext, filter: ListFilter): Promise<Page> {
  const { limit = DEFAULT_LIMIT, cursor } = filter;
  if (!Number.isSafeInteger(limit) || limit < 1) throw invalid(`limit is ${limit}; it must be a whole number above 0`);
  if (cursor !== undefined && !CURSOR.test(cursor))
    throw invalid(`${JSON.stringify(cursor)} is not a cursor of a list`);
  const wanted = Math.min(limit, MAX_LIMIT);
  const found: Head[] = [];
  for await (const head of candidates(cx, filter)) {
    if (isWanted(head, filter)) found.push(head);
    if (found.length > wanted) break;
  }
  const page = found.slice(0, wanted);
  const last = page.at(-1);
  return {
    executions: page.map(viewOf),
    ...(found.length > wanted && last !== undefined ? { cursor: listingKeys(last.statics).gsk } : undefined),
  };
}

/** Newest first, from the cursor on. */
async function* candidates(cx: AwsContext, filter: ListFilter): AsyncGenerator<Head> {
  const related = await relatives(cx, filter);
  if (related === undefined) yield* byWorkflow(cx, filter);
  else yield* newestFirst(related, filter.cursor);
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

function newestFirst(heads: readonly Head[], cursor: string = END): readonly Head[] {
  const keyed = heads.map((head) => ({ head, key: listingKeys(head.statics).gsk }));
  return keyed
    .filter(({ key }) => key < cursor)
    .toSorted((a, b) => (a.key < b.key ? 1 : -1))
    .map(({ head }) => head);
}

const PAGE = 100;

/** Merges the partitions of the workflows; reads heads one page ahead at most. */
async function* byWorkflow(cx: AwsContext, filter: ListFilter): AsyncGenerator<Head> {
  const { workflow, namespace = DEFAULT_NAMESPACE, startedAfter, startedBefore, cursor = END } = filter;
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

function invalid(message: string): TreelineError {
  return new TreelineError("invalid_argument", message);
}

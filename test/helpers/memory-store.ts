/**
 * A store in memory: what is committed survives its engine, what is not is lost, as with a file. The simulation and
 * the crash tests run on it because a crash costs nothing here; the conformance suite holds it to what SQLite does.
 */
import type { ListFilter } from "../../lib/ports/client.ts";
import type {
  CommitGroup,
  ExecutionHead,
  ExecutionStatics,
  LogRecord,
  OutsideItem,
  Wake,
  Watch,
  Watcher,
  WorkflowKind,
} from "../../lib/homes/embedded/records.ts";
import type { PageFilter, PlacedRecord, PruneResult, Store } from "../../lib/homes/embedded/store.ts";

/** The disk: handed from one engine to the next. */
export class MemoryDisk {
  readonly heads = new Map<string, ExecutionHead>();
  readonly names = new Map<string, string>();
  readonly watches = new Map<string, readonly Watch[]>();
  readonly groups: LogRecord[][] = [];
  readonly journals = new Map<string, LogRecord[]>();
  readonly inbox: OutsideItem[] = [];
  readonly meta = new Map<string, string>();
  commits = 0;

  apply(group: CommitGroup): void {
    this.commits += 1;
    for (const { statics, claimsName } of group.created) {
      this.heads.set(statics.id, newHead(statics));
      if (claimsName) this.names.set(`${statics.namespace}\n${statics.publicId}`, statics.id);
    }
    // Through text, as a file would: nobody shares an object with the disk.
    const records = structuredClone([...group.records]);
    if (records.length > 0) this.groups.push(records);
    for (const record of records) {
      const journal = this.journals.get(record.executionId);
      if (journal === undefined) this.journals.set(record.executionId, [record]);
      else journal.push(record);
    }
    this.#applyRests(group);
    for (const { id, status, at } of group.ended) this.#change(id, { ...running(), status, endedAt: at });
    for (const { id, generation, attempt } of group.generations) this.#change(id, { generation, attempt });
    for (const id of group.woken) this.#change(id, { parked: false });
    for (const rowid of group.inboxApplied) {
      const at = this.inbox.findIndex((item) => item.rowid === rowid);
      if (at >= 0) this.inbox.splice(at, 1);
    }
  }

  /** A journal that grew makes the rest record of before void. */
  #applyRests({ created, records, rested }: CommitGroup): void {
    const begun = new Set(created.map(({ statics }) => statics.id));
    for (const { executionId } of records) {
      if (begun.has(executionId)) continue;
      this.#change(executionId, running());
      this.watches.delete(executionId);
    }
    for (const { id, watches, ...rest } of rested) {
      this.#change(id, { ...running(), ...rest });
      this.watches.set(id, watches ?? []);
    }
  }

  #change(id: string, change: Change): void {
    const head = this.heads.get(id);
    if (head === undefined) return;
    // As a row: what is absent is not there.
    const { wakeAt, blocked, ...rest } = { ...head, ...change } as ExecutionHead;
    this.heads.set(id, { ...rest, ...(wakeAt !== undefined && { wakeAt }), ...(blocked !== undefined && { blocked }) });
  }
}

type Change = { readonly [K in keyof ExecutionHead]?: ExecutionHead[K] | undefined };

function running(): Change {
  return { status: "RUNNING", parked: false, wakeAt: undefined, blocked: undefined };
}

function newHead(statics: ExecutionStatics): ExecutionHead {
  const { startAt, deadline } = statics;
  const begun = { ...statics, status: "RUNNING", parked: false, generation: 1, attempt: 1 } as const;
  if (startAt === undefined) return begun;
  return { ...begun, status: "PENDING", parked: true, wakeAt: Math.min(startAt, deadline ?? startAt) };
}

export class MemoryStore implements Store {
  readonly file = ":memory:";
  readonly durability = "process";
  readonly disk: MemoryDisk;

  constructor(disk: MemoryDisk = new MemoryDisk()) {
    this.disk = disk;
  }

  get commits(): number {
    return this.disk.commits;
  }

  commit(group: CommitGroup): void {
    this.disk.apply(group);
  }

  async commitEncoded(group: CommitGroup): Promise<void> {
    this.commit(group);
  }

  position(): number {
    return this.disk.groups.length;
  }

  head(id: string): ExecutionHead | undefined {
    return this.disk.heads.get(id);
  }

  headByName(namespace: string, publicId: string): ExecutionHead | undefined {
    const head = this.head(this.disk.names.get(`${namespace}\n${publicId}`) ?? publicId);
    return head?.namespace === namespace ? head : undefined;
  }

  openHeads(): ExecutionHead[] {
    return this.#sorted().filter((head) => head.endedAt === undefined);
  }

  unparkedKinds(): readonly WorkflowKind[] {
    const open = this.openHeads().filter(({ parked }) => !parked);
    return [...new Map(open.map((head) => [`${head.workflow} ${head.version}`, head])).values()];
  }

  unparked({ workflow, version }: WorkflowKind): ExecutionHead[] {
    const open = this.openHeads().filter(({ parked }) => !parked);
    return open.filter((head) => head.workflow === workflow && head.version === version);
  }

  wakes(after: Wake, limit: number): readonly Wake[] {
    return this.openHeads()
      .flatMap(({ id, wakeAt }) => (wakeAt === undefined ? [] : [{ id, at: wakeAt }]))
      .filter(({ id, at }) => at > after.at || (at === after.at && id > after.id))
      .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }

  watchers(id: string): readonly Watcher[] {
    return [...this.disk.watches].flatMap(([watcher, watches]) =>
      watches.filter(({ target }) => target === id).map(({ key }) => ({ id: watcher, key })),
    );
  }

  list(filter: ListFilter): { heads: readonly ExecutionHead[]; cursor?: string } {
    const statuses = filter.status === undefined ? undefined : [filter.status].flat();
    const heads = this.#sorted()
      .toReversed()
      .filter(
        (head) =>
          (filter.workflow === undefined || head.workflow === filter.workflow) &&
          (statuses === undefined || statuses.includes(head.status)) &&
          (filter.rootId === undefined || head.rootId === filter.rootId) &&
          (filter.parentId === undefined || head.parentId === filter.parentId) &&
          (filter.cursor === undefined || head.id < filter.cursor),
      );
    const page = heads.slice(0, filter.limit ?? 100);
    const last = page.at(-1);
    return { heads: page, ...(last === undefined || page.length === heads.length ? {} : { cursor: last.id }) };
  }

  treeHeads(rootId: string): readonly ExecutionHead[] {
    return this.#sorted().filter((head) => head.rootId === rootId);
  }

  childHeads(prefix: string): readonly ExecutionHead[] {
    return this.#sorted().filter((head) => head.id.startsWith(prefix));
  }

  async journal(id: string, options: { latestGeneration?: boolean } = {}): Promise<readonly LogRecord[]> {
    const records = structuredClone(this.disk.journals.get(id) ?? []);
    if (options.latestGeneration !== true) return records;
    return records.slice(records.findLastIndex((record) => record.entry.t === "run"));
  }

  async *pages(filter: PageFilter = {}): AsyncIterable<readonly PlacedRecord[]> {
    const { after, rootId } = filter;
    for (const [index, group] of this.disk.groups.entries()) {
      const pos = index + 1;
      const placed = structuredClone(group).map((record, at) => ({ ...record, cursor: { pos, index: at } }));
      const page = placed.filter(
        ({ cursor, executionId }) =>
          (after === undefined || cursor.pos > after.pos || (cursor.pos === after.pos && cursor.index > after.index)) &&
          (rootId === undefined || this.head(executionId)?.rootId === rootId),
      );
      if (page.length > 0) yield page;
    }
  }

  async inboxItems(): Promise<readonly OutsideItem[]> {
    return [...this.disk.inbox];
  }

  async leave(item: Omit<OutsideItem, "rowid">): Promise<number> {
    const rowid = (this.disk.inbox.at(-1)?.rowid ?? 0) + 1;
    this.disk.inbox.push({ ...item, rowid });
    return rowid;
  }

  meta(key: string): string | undefined {
    return this.disk.meta.get(key);
  }

  latestTime(): number {
    return Math.max(0, ...(this.disk.groups.at(-1) ?? []).map(({ entry }) => ("at" in entry ? entry.at : 0)));
  }

  setMeta(key: string, value: string): void {
    this.disk.meta.set(key, value);
  }

  prune(): PruneResult {
    return { trees: 0, executions: 0, pages: 0, done: true };
  }

  close(): void {}

  #sorted(): ExecutionHead[] {
    return [...this.disk.heads.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
}

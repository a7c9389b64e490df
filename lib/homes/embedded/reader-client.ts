/**
 * Everything that can be seen of a file: the reading half of the client. The engine uses it for its own reads, other
 * processes beside it.
 */
import { defined } from "../../engine/defined.ts";
import { projectTree } from "../../engine/tree.ts";
import { projectDetail, projectView } from "../../engine/view.ts";
import { ExecutionNotFoundError } from "../../kernel/errors.ts";
import { check } from "../../kernel/options.ts";
import type { Entry } from "../../kernel/journal.ts";
import type {
  Blocked,
  Client,
  EventFilter,
  EventIterable,
  ExecutionDetail,
  ExecutionEvent,
  ExecutionView,
  ListFilter,
  TreeNode,
  WaitView,
} from "../../ports/client.ts";
import { CLIENT_OPTIONS } from "../../ports/option-table.ts";
import { readEvents } from "./reader-events.ts";
import type { ExecutionHead } from "./records.ts";
import type { StoreReader } from "./store.ts";

export interface ReaderHooks {
  /** Why an open execution cannot go on: known to a running engine. Without it, what the file says counts. */
  blocked?(head: ExecutionHead): Blocked | undefined;
  /** True when no engine runs the file: what was running when its engine went away waits. */
  readonly unowned?: boolean;
  /** Calls back after every commit; gives how to end that. Without it the file is looked at again and again. */
  onCommit?(callback: () => void): () => void;
  /** True when the file is let go of: followers end. */
  closed?(): boolean;
  /** Calls back with events that are kept nowhere; gives how to end that. */
  onEphemeral?(callback: (event: ExecutionEvent) => void): () => void;
  /** Paths of payload fields that events do not show. */
  readonly redact?: readonly string[];
}

type ReadingClient = Pick<Client, "get" | "list" | "tree" | "events" | "journal" | "pending">;

const DEFAULT_NAMESPACE = "default";
const DEFAULT_LIMIT = 100;

export class ReaderClient implements ReadingClient {
  readonly #reader: StoreReader;
  readonly #hooks: ReaderHooks;

  constructor(reader: StoreReader, hooks: ReaderHooks = {}) {
    this.#reader = reader;
    this.#hooks = hooks;
  }

  async get(id: string, namespace?: string): Promise<ExecutionDetail> {
    return this.#detail(this.head(id, namespace));
  }

  async list(filter: ListFilter = {}): Promise<{ executions: readonly ExecutionView[]; cursor?: string }> {
    check(CLIENT_OPTIONS.ListFilter, filter, "list");
    const { blocked, limit = DEFAULT_LIMIT } = filter;
    if (blocked === undefined) return this.#page(filter);
    const found: ExecutionView[] = [];
    let { cursor } = filter;
    do {
      const page = this.#page({ ...filter, ...defined({ cursor }), limit: limit - found.length });
      found.push(...page.executions.filter((view) => (view.blocked !== undefined) === blocked));
      ({ cursor } = page);
    } while (cursor !== undefined && found.length < limit);
    return { executions: found, ...defined({ cursor }) };
  }

  #page(filter: ListFilter): { executions: readonly ExecutionView[]; cursor?: string } {
    const { heads, ...cursor } = this.#reader.list(this.#hooks.unowned === true ? asStored(filter) : filter);
    return { executions: heads.map((head) => this.#view(head)), ...cursor };
  }

  async tree(id: string, namespace?: string): Promise<TreeNode> {
    const head = this.head(id, namespace);
    const tree = projectTree(this.#reader.treeHeads(head.rootId), head.id, (each) => this.#view(each));
    if (tree === undefined) throw notFound(id, head.namespace);
    return tree;
  }

  async *events(id: string, filter: EventFilter = {}, namespace?: string): EventIterable {
    check(CLIENT_OPTIONS.EventFilter, filter, "events");
    return yield* readEvents(this.#reader, this.#hooks, this.head(id, namespace), filter);
  }

  async journal(id: string, namespace?: string): Promise<readonly Entry[]> {
    const records = await this.#reader.journal(this.head(id, namespace).id);
    return records.map(({ entry }) => entry);
  }

  async pending(id: string, namespace?: string): Promise<readonly WaitView[]> {
    const open = nodesOf(await this.tree(id, namespace)).filter(({ endedAt }) => endedAt === undefined);
    const heads = open.flatMap((view) => this.#reader.head(view.id) ?? []);
    const details = await Promise.all(heads.map((head) => this.#detail(head, true)));
    return details.flatMap(({ waits }) => waits);
  }

  /** By public or internal id. @throws ExecutionNotFoundError */
  head(id: string, namespace = DEFAULT_NAMESPACE): ExecutionHead {
    const head = this.#reader.headByName(namespace, id);
    if (head === undefined) throw notFound(id, namespace);
    return head;
  }

  #view(head: ExecutionHead): ExecutionView {
    const { generation, attempt } = head;
    return projectView(this.#seen(head), { generation, attempt, ...this.#blocked(head) });
  }

  async #detail(head: ExecutionHead, latestGeneration = false): Promise<ExecutionDetail> {
    const records = await this.#reader.journal(head.id, { latestGeneration });
    return projectDetail(this.#seen(head), records, this.#blocked(head));
  }

  #seen(head: ExecutionHead): ExecutionHead {
    return this.#hooks.unowned === true && head.status === "RUNNING" ? { ...head, status: "WAITING" } : head;
  }

  /** Of one that has ended, the record alone counts. */
  #blocked(head: ExecutionHead): { blocked: Blocked } | undefined {
    if (head.endedAt !== undefined) return undefined;
    const blocked = this.#hooks.blocked === undefined ? head.blocked : this.#hooks.blocked(head);
    return blocked === undefined ? undefined : { blocked };
  }
}

/** The filter of a reader to whom everything waits that the file calls running. */
function asStored({ status, ...filter }: ListFilter): ListFilter {
  if (status === undefined) return filter;
  const stored = [status].flat().filter((one) => one !== "RUNNING");
  return { ...filter, status: stored.includes("WAITING") ? [...stored, "RUNNING"] : stored };
}

function nodesOf({ execution, children }: TreeNode): ExecutionView[] {
  return [execution, ...children.flatMap(nodesOf)];
}

function notFound(id: string, namespace: string): ExecutionNotFoundError {
  return new ExecutionNotFoundError(`there is no execution ${id} in namespace ${namespace}`);
}

/** Everything that can be seen of a deployment: the reading half of its client. Never wakes an execution. */
import { DEFAULT_NAMESPACE } from "../../engine/client-start.ts";
import { projectTree } from "../../engine/tree.ts";
import { projectDetail, projectView } from "../../engine/view.ts";
import type { Entry } from "../../kernel/journal.ts";
import type {
  EventFilter,
  ExecutionDetail,
  EventIterable,
  ExecutionView,
  ListFilter,
  TreeNode,
  WaitView,
} from "../../ports/client.ts";
import { check } from "../../kernel/options.ts";
import { CLIENT_OPTIONS } from "../../ports/option-table.ts";
import type { AwsContext } from "./context.ts";
import { hasEnded, type Head } from "./head.ts";
import { headsOfTree, notFound, resolveHead } from "./heads.ts";
import { listExecutions } from "./listing.ts";
import { readEvents } from "./reader-events.ts";
import { headLike, viewOf, wholeJournal, withGenerations } from "./views.ts";

export class AwsReader {
  readonly #cx: AwsContext;
  readonly #redact: readonly string[];

  constructor(cx: AwsContext, redact: readonly string[]) {
    this.#cx = cx;
    this.#redact = redact;
  }

  async get(id: string, namespace = DEFAULT_NAMESPACE): Promise<ExecutionDetail> {
    return this.#detail(await resolveHead(this.#cx.table, namespace, id), 0);
  }

  async list(filter: ListFilter = {}): Promise<{ executions: readonly ExecutionView[]; cursor?: string }> {
    check(CLIENT_OPTIONS.ListFilter, filter, "list");
    return listExecutions(this.#cx, filter);
  }

  async tree(id: string, namespace = DEFAULT_NAMESPACE): Promise<TreeNode> {
    const head = await resolveHead(this.#cx.table, namespace, id);
    const heads = await headsOfTree(this.#cx.table, head.statics.id);
    const views = new Map(heads.map((each) => [each.statics.id, viewOf(each)]));
    const tree = projectTree(heads.map(headLike), head.statics.id, (each) => views.get(each.id) ?? projectView(each));
    if (tree === undefined) throw notFound(namespace, id);
    return tree;
  }

  async *events(id: string, filter: EventFilter = {}, namespace = DEFAULT_NAMESPACE): EventIterable {
    check(CLIENT_OPTIONS.EventFilter, filter, "events");
    return yield* readEvents(this.#cx, await resolveHead(this.#cx.table, namespace, id), filter, this.#redact);
  }

  async journal(id: string, namespace = DEFAULT_NAMESPACE): Promise<readonly Entry[]> {
    const head = await resolveHead(this.#cx.table, namespace, id);
    return wholeJournal(this.#cx, head, 0);
  }

  async pending(id: string, namespace = DEFAULT_NAMESPACE): Promise<readonly WaitView[]> {
    const tree = await this.tree(id, namespace);
    const below = new Set(nodesOf(tree).map((view) => view.id));
    const heads = await headsOfTree(this.#cx.table, tree.execution.id);
    const open = heads.filter((head) => below.has(head.statics.id) && !hasEnded(head));
    const details = await Promise.all(open.map((head) => this.#detail(head, head.base)));
    return details.flatMap(({ waits }) => waits);
  }

  async #detail(head: Head, from: number): Promise<ExecutionDetail> {
    return projectDetail(headLike(head), withGenerations(await wholeJournal(this.#cx, head, from)));
  }
}

function nodesOf({ execution, children }: TreeNode): ExecutionView[] {
  return [execution, ...children.flatMap(nodesOf)];
}

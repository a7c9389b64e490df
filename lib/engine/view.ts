/**
 * What readers see of an execution, projected from its head and its journal. Pure: no I/O, no clock, no replay.
 *
 * Operations, state and waits are those of the latest generation; documents are of all of them, for they were shown.
 */
import type { Entry, ExecutionStatus, Meta, Millis, ParentClosePolicy } from "../kernel/journal.ts";
import { decode } from "../kernel/payload.ts";
import { decodeState, decodeStateValues } from "../kernel/state.ts";
import type { Blocked, ExecutionDetail, ExecutionView, WaitView } from "../ports/client.ts";
import { defined } from "./defined.ts";
import { projectDocuments } from "./view-documents.ts";
import { OperationLog } from "./view-operations.ts";
import { StateLog } from "./view-state.ts";
import { measureUsage } from "./view-usage.ts";

/** What every home knows of an execution without its journal. */
export interface HeadLike {
  readonly id: string;
  readonly publicId: string;
  readonly namespace: string;
  readonly workflow: string;
  readonly version: string;
  readonly status: ExecutionStatus;
  readonly createdAt: Millis;
  readonly endedAt?: Millis;
  readonly parentId?: string;
  readonly parentOperation?: string;
  readonly policy?: ParentClosePolicy;
  readonly rootId: string;
  readonly depth: number;
  readonly path: string;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly summary?: string;
  readonly priority?: number;
  readonly meta?: Meta;
}

/** A journal entry with its generation: what `StoreReader.journal` gives. */
export interface GenerationEntry {
  readonly generation: number;
  readonly entry: Entry;
}

/** What a head alone does not say. */
export interface ViewExtras {
  /** @default 1 */
  readonly generation?: number;
  /** @default 1 */
  readonly attempt?: number;
  readonly blocked?: Blocked;
}

export function projectView(head: HeadLike, extras: ViewExtras = {}): ExecutionView {
  const { id, publicId, namespace, workflow, version, status, createdAt, rootId, depth, path } = head;
  const { generation = 1, attempt = 1, blocked } = extras;
  return {
    id,
    publicId,
    namespace,
    workflow,
    version,
    status,
    createdAt,
    generation,
    attempt,
    rootId,
    depth,
    path,
    ...defined({
      endedAt: head.endedAt,
      parentId: head.parentId,
      parentOperation: head.parentOperation,
      parentClosePolicy: head.policy,
      attributes: head.attributes,
      summary: head.summary,
      priority: head.priority,
      meta: head.meta,
      blocked,
    }),
  };
}

/** `entries`: the whole journal, or from the `run` entry of the latest generation on (documents are then only its own). */
export function projectDetail(
  head: HeadLike,
  entries: readonly GenerationEntry[],
  extras: Pick<ViewExtras, "blocked"> = {},
): ExecutionDetail {
  const all = entries.map(({ entry }) => entry);
  const latest = all.slice(
    Math.max(
      0,
      all.findLastIndex(({ t }) => t === "run"),
    ),
  );
  const { run, fin } = endsOf(latest);
  const operations = new OperationLog(latest);
  const state = new StateLog(latest);
  const blocked = fin === undefined ? (extras.blocked ?? blockedBy(latest)) : undefined;
  const view = projectView(head, { ...defined({ blocked }), ...(run && { generation: run.g, attempt: run.a }) });
  return {
    ...view,
    // The journal is the truth; a head that was read before it may be behind.
    ...(fin && { status: fin.status, endedAt: fin.at }),
    input: decode(run?.input),
    ...(fin?.v === undefined ? undefined : { output: decode(fin.v) }),
    ...(fin?.e === undefined ? undefined : { error: fin.e }),
    state: fin === undefined ? decodeStateValues(state.values) : decodeState(fin.state),
    stateVersion: state.version,
    documents: projectDocuments(all),
    waits: waitsOf(head, operations.waits(head), blocked),
    operations: operations.views(),
    usage: fin?.usage ?? measureUsage(latest),
  };
}

/** What the journal says where no engine does: nothing went on behind this entry. */
function blockedBy(generation: readonly Entry[]): Blocked | undefined {
  const last = generation.at(-1);
  return last?.t === "blocked" ? { reason: last.why, since: last.at, difference: last.n } : undefined;
}

/** A blocked execution waits for code first of all, whatever else it waits for. */
function waitsOf(
  { id, path, workflow }: HeadLike,
  waits: readonly WaitView[],
  blocked: Blocked | undefined,
): readonly WaitView[] {
  if (blocked === undefined) return waits;
  const code: WaitView = {
    executionId: id,
    path,
    operation: "",
    kind: "CODE",
    name: workflow,
    since: blocked.since,
    blocked,
  };
  return [code, ...waits.map((wait) => ({ ...wait, blocked }))];
}

function endsOf(generation: readonly Entry[]) {
  const first = generation[0];
  const last = generation.at(-1);
  return { run: first?.t === "run" ? first : undefined, fin: last?.t === "fin" ? last : undefined };
}

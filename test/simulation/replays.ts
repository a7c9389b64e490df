/**
 * Runs journals again in a fresh machine (K3, K4): the whole of each generation, a prefix of it, and with changed code.
 *
 * The same code must ask for the same, and come to the same end. Changed code must be told, by name, and never left
 * waiting.
 */
import { ContextApi } from "../../lib/kernel/context-api.ts";
import type { ExecutionInfo } from "../../lib/kernel/context.ts";
import type { Entry, RunEntry } from "../../lib/kernel/journal.ts";
import type { CodeResult, KernelHost } from "../../lib/kernel/kernel-host.ts";
import { Machine } from "../../lib/kernel/machine.ts";
import { asWorkflowCode } from "../helpers/workflow-code.ts";
import { decode, encode } from "../../lib/kernel/payload.ts";
import type { ExecutionHead, LogRecord } from "../../lib/homes/embedded/records.ts";
import { NonDeterministicExecutionError, type Workflow } from "../../lib/index.ts";
import { type Generation, generationsOf } from "./generations.ts";
import { node } from "./interpret.ts";
import type { NodeInput, NodePlan, Op } from "./plan.ts";
import type { Random } from "./random.ts";
import type { Recorded } from "./record.ts";

/** Every journal that does not replay, one sentence each. */
export async function replayAll(disk: Recorded, random: Random): Promise<string[]> {
  const problems: string[] = [];
  for (const [id, records] of disk.journals) {
    const head = disk.heads.get(id);
    // What is no chain of generations has been told (invariants.ts).
    if (head === undefined || !isSound(records)) continue;
    for (const generation of generationsOf(records)) {
      const found = await replayGeneration(head, generation, random);
      problems.push(
        ...found.map((problem) => `${disk.labels.get(id) ?? id} (generation ${generation.number}): ${problem}`),
      );
    }
  }
  return problems;
}

function isSound(records: readonly LogRecord[]): boolean {
  try {
    return generationsOf(records).length > 0;
  } catch {
    return false;
  }
}

async function replayGeneration(head: ExecutionHead, generation: Generation, random: Random): Promise<string[]> {
  const whole = await replay(head, generation, generation.history);
  const problems = [...judgeWhole(generation, whole)];
  if (generation.history.length > 0) {
    const cut = random.below(generation.history.length);
    const prefix = await replay(head, generation, generation.history.slice(0, cut));
    problems.push(...judgePrefix(generation, cut, prefix));
  }
  const changed = changePlan(generation, random);
  if (changed !== undefined) {
    const told = await replay(head, generation, generation.history, changed.plan);
    if (!isTold(told)) problems.push(`K4: ${changed.how}, and the journal was not refused`);
  }
  return problems;
}

interface Replayed {
  readonly asked: readonly Entry[];
  readonly result: CodeResult | undefined;
}

function judgeWhole({ fin, next, history }: Generation, { result, asked }: Replayed): string[] {
  if (isTold({ result })) return [`K3: its own code does not fit its journal: ${String(threwOf(result))}`];
  // Ended from outside its code: it may have stood anywhere.
  if (fin?.status === "STOPPED" || fin?.status === "TIMED_OUT") return [];
  // Cancelled before its code began.
  if (fin?.status === "CANCELLED" && history.length === 0) return [];
  if (asked.length > 0) return [`K3: replayed, it asks for ${keys(asked)} beyond its journal`];
  if (fin === undefined && next === undefined) return result === undefined ? [] : ["K3: replayed, it ends; it had not"];
  if (result === undefined)
    return [`K3: replayed, it does not end; it ended ${fin?.status ?? "in another generation"}`];
  if (next?.cause === "continue" && (result.kind !== "continued" || result.input !== next.input)) {
    return ["K3: replayed, it does not continue as new as it did"];
  }
  if (fin?.status === "SUCCEEDED" && (result.kind !== "returned" || encode(result.value) !== fin.v)) {
    return ["K3: replayed, it does not return what it returned"];
  }
  if (
    (fin?.status === "FAILED" || fin?.status === "CANCELLED") &&
    (result.kind !== "threw" || result.status !== fin.status)
  ) {
    return [`K3: replayed, it does not end ${fin.status}`];
  }
  return [];
}

/** Behind the prefix it asks for what was recorded up to the next delivery. */
function judgePrefix({ history }: Generation, cut: number, { result, asked }: Replayed): string[] {
  if (isTold({ result })) return [`K3: its first ${cut} entries do not fit its code: ${String(threwOf(result))}`];
  const rest = history.slice(cut);
  const delivery = rest.findIndex((entry) => entry.t !== "op" && entry.t !== "mark");
  const recorded = delivery < 0 ? rest : rest.slice(0, delivery);
  const same = recorded.every((entry, at) => keyOf(entry) === keyOf(asked[at]));
  // Only where it was ended from outside may less be recorded than is asked for.
  if (same && (delivery < 0 || asked.length === recorded.length)) return [];
  return [`K3: behind its first ${cut} entries it asks for ${keys(asked)}; recorded is ${keys(recorded)}`];
}

function keys(entries: readonly Entry[]): string {
  return entries.map(keyOf).join(", ") || "nothing";
}

function keyOf(entry: Entry | undefined): string {
  return entry !== undefined && "kind" in entry && "k" in entry ? `${entry.kind} ${entry.k}` : "nothing";
}

function threwOf(result: CodeResult | undefined): unknown {
  return result?.kind === "threw" ? result.error : undefined;
}

function isTold({ result }: Pick<Replayed, "result">): boolean {
  return threwOf(result) instanceof NonDeterministicExecutionError;
}

// ---- the machine ------------------------------------------------------------------------------------------------

function replay(
  head: ExecutionHead,
  { run, number }: Generation,
  history: readonly Entry[],
  plan?: NodePlan,
): Promise<Replayed> {
  const asked: Entry[] = [];
  return new Promise((resolve) => {
    let isOver = false;
    const over = (result: CodeResult | undefined): void => {
      if (isOver) return;
      isOver = true;
      resolve({ asked, result });
      machine.abort();
    };
    const host: KernelHost = {
      append: (entry) => void asked.push(entry),
      introduced: () => undefined,
      started: () => undefined,
      attempted: () => undefined,
      dropped: () => undefined,
      drain: (callback) => queueMicrotask(() => process.nextTick(callback)),
      finished: over,
      idle: () => over(undefined),
      log: () => undefined,
    };
    const { types: _types, ...own } = node;
    const changed: Workflow = {
      ...own,
      run: (ctx, input) => node.run(ctx, plan === undefined ? input : { ...(input as NodeInput), plan }),
    };
    const machine = new Machine({
      workflow: changed,
      info: infoOf(head, run, number),
      run,
      history,
      host,
      createContext: (of, scope) => new ContextApi(of, scope),
      maxPendingChildren: Number.POSITIVE_INFINITY,
      maxPayload: Number.POSITIVE_INFINITY,
      continueAsNewAt: { operations: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
    });
    asWorkflowCode(() => machine.start());
  });
}

function infoOf(head: ExecutionHead, run: RunEntry, generation: number): ExecutionInfo {
  const { id, publicId, namespace, workflow, version, rootId, depth, path, parentId } = head;
  return {
    executionId: id,
    publicId,
    namespace,
    workflow,
    version,
    rootId,
    depth,
    path,
    generation,
    attempt: run.a,
    ...(parentId === undefined ? undefined : { parentId }),
  };
}

// ---- changed code -----------------------------------------------------------------------------------------------

interface Change {
  readonly how: string;
  readonly plan: NodePlan;
}

/** A change of the code in front of a recorded delivery: it must be noticed. */
function changePlan({ run, history }: Generation, random: Random): Change | undefined {
  const { plan } = decode(run.input) as NodeInput;
  const [first, ...others] = plan.ops;
  const last = history.findLastIndex((entry) => entry.t === "ok" || entry.t === "err");
  const begin = history.findIndex((entry) => entry.t === "op" && entry.kind !== "CONTEXT");
  // A cancel ends the operations by itself: what would have been asked for is refused.
  if (first === undefined || begin < 0 || last < begin || run.cancel !== undefined || isCancelled(history))
    return undefined;
  if (random.chance(0.5)) {
    // Not one that could be taken for the first.
    const inserted: Op = first.t === "wait" ? { t: "poll", polls: 1 } : { t: "wait", ms: 1 };
    return { how: "an operation was inserted before the first", plan: { ...plan, ops: [inserted, ...plan.ops] } };
  }
  if (first.t === "step")
    return { how: "the first step became a wait", plan: { ...plan, ops: [{ t: "wait", ms: 1 }, ...others] } };
  if (first.t !== "execute") return undefined;
  const child = { ...first.node, name: `${first.node.name}x` };
  return { how: "the first child got another input", plan: { ...plan, ops: [{ ...first, node: child }, ...others] } };
}

function isCancelled(history: readonly Entry[]): boolean {
  return history.some((entry) => entry.t === "in" && entry.kind === "cancel");
}

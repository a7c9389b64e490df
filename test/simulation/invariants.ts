/**
 * What must hold of the journals at the end of every simulation, whatever the plan and the faults (INVARIANTS.md):
 * nothing is asked about outcomes here.
 */
import type { ExecutionHead } from "../../lib/homes/embedded/records.ts";
import type { ErrEntry, InboxEntry, OkEntry, ParentClosePolicy } from "../../lib/kernel/journal.ts";
import { type Asked, childrenOf, type Generation, generationsOf, operationsOf } from "./generations.ts";
import type { Recorded } from "./record.ts";

/** Every violation, one sentence each. `horizon`: timers beyond do not count as going to fire. */
export function violations(disk: Recorded, horizon: number): string[] {
  const book = new Book(disk, horizon);
  for (const id of disk.journals.keys()) book.check(id);
  if (disk.doubles.length > 0) book.problems.push(`K7: started twice: ${disk.doubles.join(", ")}`);
  // What was left for one that ended before it took it in goes when the engine is opened again.
  for (const { executionId, kind } of disk.inbox) {
    if (!disk.hasEnded(executionId))
      book.problems.push(`K2: a ${kind} for ${disk.labels.get(executionId) ?? executionId} is left in the inbox`);
  }
  return book.problems;
}

class Book {
  readonly problems: string[] = [];
  readonly #disk: Recorded;
  readonly #horizon: number;

  constructor(disk: Recorded, horizon: number) {
    this.#disk = disk;
    this.#horizon = horizon;
  }

  check(id: string): void {
    const head = this.#disk.heads.get(id);
    const say = (problem: string): void => {
      this.problems.push(`${this.#disk.labels.get(id) ?? id}: ${problem}`);
    };
    try {
      const generations = generationsOf(this.#disk.journals.get(id) ?? []);
      const last = generations.at(-1);
      if (head === undefined || last === undefined) return say("K8: it has no head or no journal");
      this.#checkHead(head, last, say);
      this.#checkInbox(generations, say);
      for (const generation of generations) {
        this.#checkCancelled(generation, say);
        this.#checkChildren(head, generation, say);
      }
      this.#checkClosed(generations, say);
      this.#checkParent(head, say);
      if (last.fin === undefined) this.#checkOpen(head, last, say);
    } catch (error) {
      say(`K1: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #checkHead(head: ExecutionHead, { fin }: Generation, say: (problem: string) => void): void {
    if ((head.endedAt === undefined) !== (fin === undefined))
      say("K8: head and journal disagree on whether it has ended");
    if (fin !== undefined && head.status !== fin.status)
      say(`K8: the head says ${head.status}, the journal ${fin.status}`);
  }

  /** What was sent twice counts once, over all generations (K2). */
  #checkInbox(generations: readonly Generation[], say: (problem: string) => void): void {
    const seen = new Set<string>();
    for (const entry of generations.flatMap(({ history }) => history)) {
      if (entry.t !== "in") continue;
      if (seen.has(entry.id)) say(`K2: ${entry.kind} ${entry.id} was taken in twice`);
      seen.add(entry.id);
    }
  }

  /** A cancelled execution starts no children. No plan starts any in a shielded part. */
  #checkCancelled({ run, history }: Generation, say: (problem: string) => void): void {
    const cancelled =
      run.cancel === undefined ? history.findIndex((entry) => entry.t === "in" && entry.kind === "cancel") : 0;
    if (cancelled < 0) return;
    for (const { op, at } of operationsOf(history).values()) {
      if (op.kind === "CHILD" && at >= cancelled) say(`K10: it started ${op.k} although it was asked to cancel`);
    }
  }

  // ---- parent and child ---------------------------------------------------------------------------------------

  /** What it heard of its children is what became of them; of one that it waits for it hears. */
  #checkChildren(head: ExecutionHead, { history, fin, next }: Generation, say: (problem: string) => void): void {
    const asked = operationsOf(history);
    for (const entry of history) {
      if ((entry.t === "ok" || entry.t === "err") && entry.o !== undefined)
        this.#checkHeard(asked.get(entry.k), entry, say);
    }
    if (fin !== undefined || next !== undefined) return;
    for (const { op, settled } of asked.values()) {
      const { child } = op.d ?? {};
      if (child?.awaited !== true || settled !== undefined || !this.#disk.hasEnded(this.#targetOf(head, op) ?? ""))
        continue;
      say(`K8: it has not heard of the end of ${op.k}`);
    }
  }

  #checkHeard(asked: Asked | undefined, entry: OkEntry | ErrEntry, say: (problem: string) => void): void {
    const target = this.#find(asked?.op.d?.child?.id ?? asked?.op.d?.target ?? "");
    const fin = this.#disk.journals.get(target ?? "")?.at(-1)?.entry;
    if (fin?.t !== "fin") return say(`K8: it heard of an end of ${entry.k} that is not recorded`);
    const heard = entry.t === "ok" ? "SUCCEEDED" : entry.status;
    if (heard !== fin.status) say(`K8: it heard that ${entry.k} ended ${heard}; it ended ${fin.status}`);
    if (entry.t === "ok" && entry.v !== fin.v) say(`K8: it heard of another output of ${entry.k} than was recorded`);
  }

  /** The close policy was applied on every kind of end (K10). */
  #checkClosed(generations: readonly Generation[], say: (problem: string) => void): void {
    const left = new Map<string, ParentClosePolicy>();
    for (const { history, next, fin } of generations) {
      for (const child of childrenOf(history).values()) left.set(child.id, child.policy);
      if (fin === undefined && next?.cause !== "retry") continue;
      for (const [id, policy] of left)
        if (!this.#isClosed(id, policy)) say(`K10: ${this.#disk.labels.get(id) ?? id} outlived it (${policy})`);
      left.clear();
    }
  }

  #isClosed(id: string, policy: ParentClosePolicy): boolean {
    if (policy === "abandon" || !this.#disk.journals.has(id) || this.#disk.hasEnded(id)) return true;
    return policy === "request_cancel" && this.#wasAskedToCancel(id);
  }

  #wasAskedToCancel(id: string): boolean {
    const isCancel = (entry: { t: string }): boolean => entry.t === "in" && (entry as InboxEntry).kind === "cancel";
    return this.#disk.journals.get(id)?.some(({ entry }) => isCancel(entry)) ?? false;
  }

  /** Its parent's journal says that it was started, as it is (K7). */
  #checkParent(head: ExecutionHead, say: (problem: string) => void): void {
    const { parentId, parentOperation, parentGeneration } = head;
    if (parentId === undefined) return;
    const generations = generationsOf(this.#disk.journals.get(parentId) ?? []);
    const history = generations[(parentGeneration ?? 1) - 1]?.history ?? [];
    const child = childrenOf(history).get(parentOperation ?? "");
    if (child?.id !== head.id) say(`K7: its parent's journal does not have it at ${parentOperation}`);
  }

  // ---- what is still open -------------------------------------------------------------------------------------

  /** It waits for something that nobody has, or it is lost (K9). */
  #checkOpen(head: ExecutionHead, { run, history }: Generation, say: (problem: string) => void): void {
    const open = [...operationsOf(history).values()].filter(
      ({ op, settled }) => settled === undefined && op.kind !== "CONTEXT",
    );
    if (open.length === 0) say("K9: it is open and waits for nothing");
    if (head.deadline !== undefined && head.deadline < this.#horizon) say("K9: it outlived its deadline");
    const letters = unread(run.signals ?? [], history);
    for (const { op, due } of open) {
      const lost = this.#lost(head, op, due, letters);
      if (lost !== undefined) say(`K9: ${op.k} is open, ${lost}`);
    }
  }

  /** Why it ought not to be open. */
  #lost(
    head: ExecutionHead,
    op: Asked["op"],
    due: number | undefined,
    letters: ReadonlyMap<string, number>,
  ): string | undefined {
    const timer = due ?? op.d?.due;
    if (timer !== undefined && timer < this.#horizon) return "although its time has come";
    switch (op.kind) {
      case "STEP":
      case "REQUEST":
        return "although nothing keeps it from being done";
      case "CONDITION":
        return timer === undefined ? "although it has not been looked at" : undefined;
      case "CHILD":
      case "ATTACH": {
        if (op.d?.child?.awaited === false) return "although its child may be acknowledged";
        const target = this.#targetOf(head, op);
        return target === undefined || this.#disk.hasEnded(target) ? "although what it waits for is not" : undefined;
      }
      case "RECEIVE":
        return op.d?.names?.some((name) => (letters.get(name) ?? 0) > 0) === true
          ? "although its signal is there"
          : undefined;
      default:
        return undefined;
    }
  }

  #targetOf({ namespace }: ExecutionHead, op: Asked["op"]): string | undefined {
    const target = op.d?.child?.id ?? op.d?.target ?? "";
    return this.#find(target) ?? this.#disk.names.get(`${namespace}\n${target}`);
  }

  #find(id: string): string | undefined {
    return this.#disk.journals.has(id) ? id : undefined;
  }
}

/** Signals that came, less those that were taken, by name. Plans listen to one name at a time. */
function unread(carried: readonly InboxEntry[], history: Generation["history"]): Map<string, number> {
  const letters = new Map<string, number>();
  const count = (name: string, by: number): void => void letters.set(name, (letters.get(name) ?? 0) + by);
  for (const entry of [...carried, ...history]) if (entry.t === "in" && entry.kind === "signal") count(entry.n, 1);
  for (const { op, settled } of operationsOf(history).values()) {
    if (op.kind === "RECEIVE" && settled === "locally") for (const name of op.d?.names ?? []) count(name, -1);
  }
  return letters;
}

/**
 * Which deadlines an answer from outside could still beat: signals, patches of the state and answers of callbacks come
 * from the test, so its time must stop before those deadlines.
 */
import type { OpEntry } from "../kernel/journal.ts";
import type { Client, TreeNode, WaitView } from "../ports/client.ts";

/** What is read of an engine. */
export interface Waits extends Pick<Client, "pending" | "tree" | "journal"> {
  /** When the execution times out as a whole. */
  deadlineOf(executionId: string): number | undefined;
}

/** @returns the first of those deadlines in the tree of `root`; undefined where there is none */
export async function outsideDeadline(engine: Waits, root: string): Promise<number | undefined> {
  const waits = await engine.pending(root);
  const isOutside = await outsideWaits(engine, waits);
  if (isOutside.size === 0) return undefined;
  const deadlines: (number | undefined)[] = [];
  /** @returns whether the execution, or one below, waits for somebody outside */
  const visit = ({ execution: { id }, children }: TreeNode): boolean => {
    const isBelow = children.map(visit).includes(true);
    const own = waits.filter(({ executionId }) => executionId === id);
    const isWaiting = isBelow || own.some((wait) => isOutside.has(wait));
    if (!isWaiting) return false;
    deadlines.push(engine.deadlineOf(id));
    // A wait for a child ends with the child, so an answer to the child beats the deadline of that wait, too.
    for (const wait of own)
      if (isOutside.has(wait) || (isBelow && isForExecutions(wait))) deadlines.push(wait.deadline);
    return true;
  };
  visit(await engine.tree(root));
  const known = deadlines.filter((deadline) => deadline !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function isForExecutions({ kind }: WaitView): boolean {
  return kind === "CHILD" || kind === "ATTACH" || kind === "RECEIVE";
}

async function outsideWaits(engine: Waits, waits: readonly WaitView[]): Promise<ReadonlySet<WaitView>> {
  const outside = new Set<WaitView>();
  for (const wait of waits) {
    if (wait.kind === "CALLBACK") outside.add(wait);
    if (wait.kind === "RECEIVE" && (await listensOutside(engine, wait, waits))) outside.add(wait);
  }
  return outside;
}

/** A `receive` may be for children alone; then it names no signal, and waits beside the operations that hear of them. */
async function listensOutside(engine: Waits, wait: WaitView, waits: readonly WaitView[]): Promise<boolean> {
  const journal = await engine.journal(wait.executionId);
  const asked = journal.findLast((entry): entry is OpEntry => entry.t === "op" && entry.k === wait.operation);
  const isForChildren = waits.some(({ executionId, kind }) => executionId === wait.executionId && kind === "ATTACH");
  return asked?.d?.names?.length !== 0 || !isForChildren;
}

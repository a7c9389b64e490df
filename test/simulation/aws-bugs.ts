/** Bugs of the AWS home: each breaks one rule of the protocol. The campaign of aws.test.ts has to find every one. */
import type { Bug } from "./bugs.ts";

const invocation = "lib/homes/aws/invocation.ts";
const executor = "lib/homes/aws/executor.ts";
const endings = "lib/homes/aws/endings.ts";
const journal = "lib/homes/aws/journal.ts";

export const awsBugs: readonly Bug[] = [
  {
    id: "no-second-look",
    file: invocation,
    find: "if (ends.length + items.length === 0 && !isCancelled && !this.#isDue && !this.#hasMoved(0))\n      return parkedSince(clock, parkedAt);",
    replace: 'if (ends.length + items.length >= 0) return "done";',
    why: "K9: whoever parks does not look again",
  },
  {
    id: "park-not-armed",
    file: invocation,
    find: "    await this.#arm(park, Math.min(now + settings.hostAfterMs, this.#wakeAt ?? Number.POSITIVE_INFINITY));\n",
    replace: "    if (this.#wakeAt !== undefined) await this.#arm(park, this.#wakeAt);\n",
    why: "R2: a park without a deadline has no message of its own",
  },
  {
    id: "armed-too-late",
    file: executor,
    find: '    return head.park !== undefined\n      ? "done"',
    replace: '    return head.park !== undefined || !hasEnded(head)\n      ? "done"',
    why: "R2: the message of a park is dropped when its execution is not parked, though its holder may be dead",
  },
  {
    id: "fenced-is-done",
    file: executor,
    find: '  await cx.queues.postpone(receipt, seconds);\n  return "again";',
    replace: '  await cx.queues.postpone(receipt, seconds);\n  return "done";',
    why: "R1: a message that was refused because of a lease is deleted",
  },
  {
    id: "no-truncation",
    file: journal,
    find: "entries.push(...added.slice(known, Math.max(known, end - position)));",
    replace: "entries.push(...added.slice(known));",
    why: "K1: what a slow predecessor added counts beside what its successor wrote",
  },
  {
    id: "newest-epoch-wins",
    file: journal,
    find: ": writers.find((each) => each.writer === epoch);",
    replace: ": writers.findLast((each) => each.writer < writer && each.begin < begin && hasBegun(each, from));",
    why: "K1: of all slow predecessors the newest counts, not the one whose entries were read",
  },
  {
    id: "answer-of-the-head",
    file: "lib/homes/aws/doors.ts",
    find: "const letter = { head, generation: generationIn(entries), sender: key };",
    replace: "const letter = { head, generation: head.generation, sender: key };",
    why: "K2: an answer is for the generation of the head, which lags behind the journal",
  },
  {
    id: "launches-not-redone",
    file: invocation,
    find: "const isLaunched = this.#recorded.has(key) && !this.#crashed;",
    replace: "const isLaunched = this.#recorded.has(key);",
    why: "children that a dead holder recorded are not launched by its successor",
  },
  {
    id: "host-kept",
    file: endings,
    find: "head.token === undefined ? undefined : ",
    replace: "head.token !== undefined ? undefined : ",
    why: "the host of an execution that has ended is not released",
  },
  {
    id: "watchers-untold",
    file: "lib/homes/aws/notices.ts",
    find: "  if (!head.watched) return;\n",
    replace: "  if (head.epoch > 0) return;\n",
    why: "executions that attached to one are not told of its end",
  },
];

/**
 * When a group is committed although code can still run.
 *
 * As a rule a group is committed when no code can run any more, so that all that belongs together takes one commit. But
 * deterministic code need not come to rest: a loop over children without steps, or over generations, always has
 * something left to run. It must delay nobody else, and must not keep its journal in memory without end.
 */
import type { Millis } from "../../kernel/journal.ts";
import { SEVERAL, type Line } from "../turns.ts";

const LONGEST = { entries: 50_000, bytes: 16 * 1024 * 1024, ms: 100 } as const;

/** Others wait a few rounds, since most code rests after a few and then shares their commit. */
const ROUNDS_OF_PATIENCE = 8;

/** Who asks for a commit from outside of all trees. */
export const OUTSIDE = "";

/** The group that is being gathered. */
export interface GroupSize {
  readonly entries: number;
  readonly bytes: number;
  /** When its first entry came. */
  readonly since: Millis;
  /** The roots of the trees that wait for its commit. */
  readonly waiting: ReadonlySet<string>;
}

export class RoundLimit {
  #held = 0;

  /** Asked between two rounds. @param running the tree whose code runs in the next one */
  isOver(group: GroupSize, running: Line, now: Millis): boolean {
    this.#held = isHeldUp(group.waiting, running) ? this.#held + 1 : 0;
    const isOver =
      this.#held > ROUNDS_OF_PATIENCE ||
      group.entries >= LONGEST.entries ||
      group.bytes >= LONGEST.bytes ||
      (group.entries > 0 && now - group.since >= LONGEST.ms);
    if (isOver) this.#held = 0;
    return isOver;
  }
}

/** One tree waits for the commit, and another one's code runs on. */
function isHeldUp(waiting: ReadonlySet<string>, running: Line): boolean {
  if (waiting.size === 0) return false;
  return running === SEVERAL || waiting.size > 1 || !waiting.has(running);
}

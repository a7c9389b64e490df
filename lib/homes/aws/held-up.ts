/**
 * A consumer that froze. A message may be delivered twice under one identity, and deleting one delivery deletes both: a
 * second consumer may have taken the lease meanwhile and died, and then that message is all that is left (R1, A3).
 */
import type { Millis } from "../../kernel/journal.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Handled } from "./services.ts";

/** From the last look at an execution to the end of its message there are some calls of services. */
const HELD_UP_MS = 5_000;

/** @param since when it last knew that the execution is parked, with a message or a host of its own */
export function parkedSince(clock: Clock, since: Millis): Handled {
  return clock.now() - since > HELD_UP_MS ? "again" : "done";
}

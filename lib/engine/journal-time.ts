/** Requests and facts carry no time of their own: they were made at the time of the delivery before them. */
import type { Entry, Millis } from "../kernel/journal.ts";

/** Time at this place of a generation's journal: of the last delivery, or of when the code could begin. */
export function timeAfter(now: Millis, entry: Entry): Millis {
  switch (entry.t) {
    case "run":
      return Math.max(entry.at, entry.due ?? 0);
    case "op":
    case "mark":
    case "blocked":
    case "code":
    case "try": // an attempt that ended tells the code nothing
      return now;
    default:
      return Math.max(now, entry.at);
  }
}

/** Times as people write and read them. */
import { formatMillis, toMillis, type Duration } from "../kernel/duration.ts";
import { TreelineError } from "../kernel/errors.ts";
import type { Millis } from "../kernel/journal.ts";

/** A duration before now (`90m`), or a date. @throws TreelineError `invalid_argument` */
export function parseSince(text: string, now: Millis): Millis {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text)) return now - toMillis(text as Duration, "--since");
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw new TreelineError(
    "invalid_argument",
    `--since is a duration like 90m or a date like 2026-11-21T09:00Z; got ${text}`,
  );
}

/** Local date and time of day. */
export function formatTime(at: Millis): string {
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function formatAgo(at: Millis, now: Millis): string {
  const [largest = ""] = formatMillis(now - at).split(" ");
  return now - at < 1_000 ? "now" : `${largest} ago`;
}

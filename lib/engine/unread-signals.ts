/**
 * Signals that an execution never read. A signal that comes before its wait is buffered, so only the end of the
 * execution shows that nothing will read the signal: a misspelt name, for example.
 */
import type { Entry, InboxEntry, TerminalStatus } from "../kernel/journal.ts";
import type { LogSink } from "../ports/log-sink.ts";

interface Ended {
  readonly executionId: string;
  readonly workflow: string;
  readonly path: string;
}

/** One line for each name. */
export function warnOfUnread(
  log: LogSink,
  { executionId, workflow, path }: Ended,
  status: TerminalStatus,
  unread: readonly InboxEntry[],
): void {
  for (const [name, entries] of Map.groupBy(unread.filter(isSignal), ({ n }) => n)) {
    const count = entries.length === 1 ? "" : ` (${entries.length} times)`;
    const message = `signal ${name}${count} was never read: ${workflow} (${executionId}) ended ${status}`;
    log({ level: "warn", message, executionId, workflow, path, fields: { signal: name, unread: entries.length } });
  }
}

/**
 * For an end without the code: the journal does not say which wait took which signal, but for which names there was one.
 * @param entries of one generation, `run` first
 */
export function unreadIn(entries: readonly Entry[]): readonly InboxEntry[] {
  const names = new Set(entries.flatMap((entry) => (entry.t === "op" ? (entry.d?.names ?? []) : [])));
  const signals = entries.flatMap((entry) =>
    entry.t === "run" ? (entry.signals ?? []) : entry.t === "in" ? [entry] : [],
  );
  return signals.filter((entry) => isSignal(entry) && !names.has(entry.n));
}

function isSignal({ kind }: InboxEntry): boolean {
  return kind === "signal";
}

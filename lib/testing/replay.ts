/** Checks code against a recorded journal, in a test. */
import { type RecordedJournal, replayJournal, type ReplayResult } from "../homes/replay-journal.ts";
import type { Workflow } from "../kernel/definition.ts";
import type { Entry } from "../kernel/journal.ts";

/**
 * Whether `workflow` can go on with an execution that has this journal, or else the first difference. Nothing is carried
 * out. Only the latest generation counts.
 *
 * @param journal what `treeline show ID --journal` wrote, or what `client.journal(id)` gave. The latter does not say
 * which execution it is of: code that draws random values or uses `ctx.info` needs the former
 */
export function replay(
  // oxlint-disable-next-line typescript/no-explicit-any -- a workflow of any types
  workflow: Workflow<any, any>,
  journal: RecordedJournal | readonly Entry[],
): Promise<ReplayResult> {
  return replayJournal(workflow, isEntries(journal) ? nameless(workflow, journal) : journal);
}

function isEntries(journal: RecordedJournal | readonly Entry[]): journal is readonly Entry[] {
  return Array.isArray(journal);
}

function nameless({ name, version }: Workflow, entries: readonly Entry[]): RecordedJournal {
  const id = "recorded";
  return {
    format: 1,
    execution: {
      id,
      publicId: id,
      rootId: id,
      namespace: "default",
      workflow: name,
      version,
      depth: 0,
      path: name,
    },
    entries,
  };
}

/**
 * Whether code fits a recorded journal: replays its latest generation, which is what an engine would replay, and carries
 * nothing out. Steps do not run, children do not start, nothing is sent.
 */
import { defined } from "../engine/defined.ts";
import { continues } from "../engine/registered-workflows.ts";
import { Session } from "../engine/session.ts";
import type { ExecutionInfo } from "../kernel/context.ts";
import type { Workflow } from "../kernel/definition.ts";
import { type Entry, isNote, type RunEntry } from "../kernel/journal.ts";
import type { ExecutionView } from "../ports/client.ts";
import { DEFAULT_LIMITS } from "./embedded/engine-options.ts";
import { watchRejections } from "./rejections.ts";
import { SILENT } from "./silent-host.ts";
import { Turns } from "./turns.ts";

/** A journal with what its code may know of the execution. `treeline show ID --journal` writes it. */
export interface RecordedJournal {
  readonly format: 1;
  readonly execution: RecordedExecution;
  readonly entries: readonly Entry[];
}

export type RecordedExecution = Omit<ExecutionInfo, "executionId" | "generation" | "attempt"> & {
  readonly id: string;
};

/** `difference`: the first difference between the journal and the code. */
export type ReplayResult = { readonly fits: true } | { readonly fits: false; readonly difference: string };

const FITS: ReplayResult = { fits: true };

export function recordedJournal(view: ExecutionView, entries: readonly Entry[]): RecordedJournal {
  const { id, publicId, namespace, workflow, version, rootId, depth, path, parentId, parentOperation, priority, meta } =
    view;
  const always = { id, publicId, namespace, workflow, version, rootId, depth, path };
  return { format: 1, execution: { ...always, ...defined({ parentId, parentOperation, priority, meta }) }, entries };
}

export async function replayJournal(
  workflow: Workflow,
  { execution, entries }: RecordedJournal,
): Promise<ReplayResult> {
  if (workflow.name !== execution.workflow) {
    return differs(`the journal is of workflow ${execution.workflow}, the code is workflow ${workflow.name}`);
  }
  if (!continues(workflow, execution.version)) {
    return differs(
      `the journal is of version ${execution.version}, and version ${workflow.version} is not compatible with it; ` +
        `declare compatibleWith: ["${execution.version}"] where it is`,
    );
  }
  const [run, ...rest] = entries.slice(entries.findLastIndex(({ t }) => t === "run"));
  if (run?.t !== "run") return differs("the journal does not begin with a run entry");
  const history = rest.filter((entry) => entry.t !== "fin" && !isNote(entry));
  return history.length === 0 ? FITS : replay(workflow, infoOf(execution, run), run, history);
}

function infoOf({ id, ...execution }: RecordedExecution, { g, a }: RunEntry): ExecutionInfo {
  return { ...execution, executionId: id, generation: g, attempt: a };
}

function differs(difference: string): ReplayResult {
  return { fits: false, difference };
}

function replay(
  workflow: Workflow,
  info: ExecutionInfo,
  run: RunEntry,
  history: readonly Entry[],
): Promise<ReplayResult> {
  watchRejections();
  return new Promise((resolve, reject) => {
    const turns = new Turns({ quiet: () => undefined, failed: reject });
    const session = new Session({
      workflow,
      info,
      run,
      history,
      crashed: false,
      host: {
        ...SILENT,
        clock: { now: () => run.at, at: () => () => undefined },
        ids: { root: () => "", random: () => 0.5 },
        limits: DEFAULT_LIMITS,
        drain: (callback) => turns.drain(callback),
        afterRejections: (callback) => turns.afterRejections(callback),
        replayed: () => resolve(FITS),
        keeps: ({ difference }) => {
          resolve(differs(difference));
          return true;
        },
        still: () => session.close(),
        ended: () => resolve(FITS),
        continued: () => resolve(FITS),
      },
    });
    session.start();
  });
}

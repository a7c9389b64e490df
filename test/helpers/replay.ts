/** Replays a journal with the kernel alone: nothing is carried out, only what is handed in is delivered. */
import { ContextApi } from "../../lib/kernel/context-api.ts";
import type { ExecutionInfo } from "../../lib/kernel/context.ts";
import type { Workflow } from "../../lib/kernel/definition.ts";
import { NonDeterministicExecutionError } from "../../lib/kernel/errors.ts";
import type { Delivery, Entry, RunEntry } from "../../lib/kernel/journal.ts";
import type { CodeResult } from "../../lib/kernel/kernel-host.ts";
import { Machine } from "../../lib/kernel/machine.ts";
import { asWorkflowCode } from "./workflow-code.ts";

export interface Replayed {
  /** What was added to the journal. */
  readonly appended: readonly Entry[];
  /** With what was there before. */
  readonly journal: readonly Entry[];
  /** Keys of the operations that are to be carried out now. */
  readonly started: readonly string[];
  /** Undefined while the code waits. */
  readonly result: CodeResult | undefined;
  /** Why the journal does not fit the code. */
  readonly misfit: string | undefined;
}

export interface ReplayOptions {
  readonly info?: Partial<ExecutionInfo>;
  /** Delivered one by one, each when the code waits. */
  readonly deliveries?: readonly Delivery[];
  readonly maxPendingChildren?: number;
  readonly maxPayload?: number;
}

/** @param journal of one generation, `run` first */
export async function replay(
  workflow: Workflow<any, any>,
  journal: readonly Entry[],
  options: ReplayOptions = {},
): Promise<Replayed> {
  const [run, ...history] = journal as [RunEntry, ...Entry[]];
  const appended: Entry[] = [];
  const started: string[] = [];
  const rest = [...(options.deliveries ?? [])];
  const result = await new Promise<CodeResult | undefined>((resolve) => {
    const machine: Machine = new Machine({
      workflow,
      info: { ...infoOf(workflow, run), ...options.info },
      run,
      history,
      createContext: (m, scope) => new ContextApi(m, scope),
      maxPendingChildren: options.maxPendingChildren ?? 2_000,
      maxPayload: options.maxPayload ?? Number.POSITIVE_INFINITY,
      continueAsNewAt: { operations: 10_000, bytes: 10 * 1024 * 1024 },
      host: {
        append: (entry) => void appended.push(entry),
        introduced: () => undefined,
        started: (operation) => void started.push(operation.key),
        attempted: () => undefined,
        dropped: () => undefined,
        drain: (callback) => void setImmediate(callback),
        finished: resolve,
        idle: () => {
          const next = rest.shift();
          if (next === undefined) resolve(undefined);
          else setImmediate(() => machine.deliver(next));
        },
        log: () => undefined,
      },
    });
    asWorkflowCode(() => machine.start());
  });
  return { appended, journal: [...journal, ...appended], started, result, misfit: misfitOf(result) };
}

function infoOf({ name, version }: Workflow, { g, a }: RunEntry): ExecutionInfo {
  const id = "root0000000000000001";
  return {
    executionId: id,
    publicId: id,
    rootId: id,
    namespace: "default",
    workflow: name,
    version,
    generation: g,
    attempt: a,
    depth: 0,
    path: name,
  };
}

function misfitOf(result: CodeResult | undefined): string | undefined {
  return result?.kind === "threw" && result.error instanceof NonDeterministicExecutionError
    ? result.error.message
    : undefined;
}

/** How an execution went, as far as it must go the same way on every home. */
import type { Observation } from "./runner.ts";

/** What must be the same on every home: no ids, no times, no words. */
export function course({ executions }: Observation): unknown {
  return [...executions].map(([path, { workflow, status, generation, error, operations }]) => ({
    path: path.startsWith("id:") ? "(another root)" : path,
    workflow,
    status,
    generation,
    error: error?.type,
    operations: operations.map((o) => `${o.key} ${o.kind} ${o.status} ×${o.attempts} ${o.error?.type ?? ""}`),
  }));
}

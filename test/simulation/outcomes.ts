/** Holds what became of every execution against what the plan says. */
import { isDeepStrictEqual } from "node:util";
import type { FinEntry } from "../../lib/kernel/journal.ts";
import { decode } from "../../lib/kernel/payload.ts";
import { decodeState } from "../../lib/kernel/state.ts";
import { type Expected, isLoose, type Prediction } from "./oracle.ts";
import type { Recorded } from "./record.ts";

/** Every difference, one sentence each. */
export function differences(prediction: Prediction, disk: Recorded): string[] {
  const problems: string[] = [];
  for (const [label, expected] of prediction.executions) {
    if (isLoose(prediction, label)) continue;
    const id = disk.ids.get(label);
    if (id === undefined) problems.push(`${label} never began; expected ${expected.status}`);
    else problems.push(...compare(expected, disk, id).map((problem) => `${label}: ${problem}`));
  }
  for (const label of disk.ids.keys()) {
    if (!prediction.executions.has(label) && !isLoose(prediction, label))
      problems.push(`${label} began; no plan knows it`);
  }
  return problems;
}

function compare(expected: Expected, disk: Recorded, id: string): string[] {
  const fin = finOf(disk, id);
  const status = fin?.status ?? "OPEN";
  if (status !== expected.status) {
    return [
      `ended ${status}${fin?.e === undefined ? "" : ` (${fin.e.type}: ${fin.e.message})`}, expected ${expected.status}`,
    ];
  }
  const problems: string[] = [];
  const generations = disk.generationOf(id);
  if (generations !== expected.generations)
    problems.push(`had ${generations} generations, expected ${expected.generations}`);
  if (fin === undefined) return problems;
  const output = status === "SUCCEEDED" ? decode(fin.v) : undefined;
  if (!isDeepStrictEqual(output, expected.output))
    problems.push(`gave ${show(output)}, expected ${show(expected.output)}`);
  const state = decodeState(fin.state);
  if (!isDeepStrictEqual(sorted(state), sorted(expected.state))) {
    problems.push(`ended with the state ${show(state)}, expected ${show(expected.state)}`);
  }
  return problems;
}

function finOf(disk: Recorded, id: string): FinEntry | undefined {
  const last = disk.journals.get(id)?.at(-1)?.entry;
  return last?.t === "fin" ? last : undefined;
}

function sorted(state: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(state).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "undefined";
}

/**
 * What the simulations met: operation kind × fault × close policy × final status, of executions at depth 4 and more.
 * A cell counts generations: one that asked for an operation of that kind, met that fault, and ended so.
 */
import type { OperationKind, ParentClosePolicy, TerminalStatus } from "../../lib/kernel/journal.ts";
import { type Generation, generationsOf, operationsOf } from "./generations.ts";
import type { FaultTag, World } from "./world.ts";

const MIN_DEPTH = 4;

const KINDS = [
  "STEP",
  "WAIT",
  "CALLBACK",
  "CONTEXT",
  "CONDITION",
  "CHILD",
  "ATTACH",
  "RECEIVE",
  "REQUEST",
] as const satisfies OperationKind[];
const FAULTS = ["crash", "duplicate", "delay", "reorder", "eviction"] as const satisfies FaultTag[];
const POLICIES = ["terminate", "request_cancel", "abandon"] as const satisfies ParentClosePolicy[];
const STATUSES = [
  "SUCCEEDED",
  "FAILED",
  "TIMED_OUT",
  "CANCELLED",
  "STOPPED",
  "CONTINUED_AS_NEW",
] as const satisfies TerminalStatus[];

/** How often each cell was met. */
export type Coverage = Record<string, number>;

function cell(kind: OperationKind, fault: FaultTag, policy: ParentClosePolicy, status: TerminalStatus): string {
  return `${kind} × ${fault} × ${policy} × ${status}`;
}

/** Adds what one simulation met. */
export function cover(coverage: Coverage, { disk, met }: World): void {
  for (const [id, records] of disk.journals) {
    const head = disk.heads.get(id);
    if (head?.policy === undefined || head.depth < MIN_DEPTH) continue;
    for (const generation of generationsOf(records)) {
      const status = statusOf(generation);
      const faults = met.get(`${id} ${generation.number}`);
      if (status === undefined || faults === undefined) continue;
      const kinds = new Set([...operationsOf(generation.history).values()].map(({ op }) => op.kind));
      for (const kind of kinds) {
        for (const fault of faults) add(coverage, cell(kind, fault, head.policy, status), 1);
      }
    }
  }
}

export function mergeCoverage(into: Coverage, from: Coverage): void {
  for (const [name, count] of Object.entries(from)) add(into, name, count);
}

function add(coverage: Coverage, name: string, count: number): void {
  coverage[name] = (coverage[name] ?? 0) + count;
}

function statusOf({ fin, next }: Generation): TerminalStatus | undefined {
  return fin?.status ?? (next?.cause === "continue" ? "CONTINUED_AS_NEW" : undefined);
}

/** The cells that no simulation met. */
export function emptyCells(coverage: Coverage): string[] {
  const empty: string[] = [];
  for (const kind of KINDS) {
    for (const fault of FAULTS) {
      for (const policy of POLICIES) {
        for (const status of STATUSES) {
          const name = cell(kind, fault, policy, status);
          if ((coverage[name] ?? 0) === 0) empty.push(name);
        }
      }
    }
  }
  return empty;
}

const COLUMN = 8;
const ROW = 24;

/** The matrix as text: a row per operation kind and fault, a column per close policy and final status. */
export function matrixText(coverage: Coverage): string {
  const right = (text: string | number): string => String(text).padStart(COLUMN);
  const group = (text: string): string => text.padStart(COLUMN * STATUSES.length);
  const statuses = POLICIES.flatMap(() => STATUSES.map((status) => right(status.slice(0, COLUMN - 1)))).join("");
  const lines = [
    `Generations at depth ${MIN_DEPTH} and more that asked for the operation, met the fault, and ended so:`,
    " ".repeat(ROW) + POLICIES.map(group).join(""),
    " ".repeat(ROW) + statuses,
  ];
  for (const kind of KINDS) {
    for (const fault of FAULTS) {
      const counts = POLICIES.flatMap((policy) =>
        STATUSES.map((status) => right(coverage[cell(kind, fault, policy, status)] ?? 0)),
      );
      lines.push(`${kind.padEnd(ROW / 2)}${fault.padEnd(ROW / 2)}${counts.join("")}`);
    }
  }
  return lines.join("\n");
}

/** Counts and times of one work, judged. */
import { PRICES, usdOf } from "../../lib/homes/aws/prices.ts";
import { AWS_TARGETS, type AwsTarget, INVOCATION } from "./targets.ts";
import type { WorkName } from "./works.ts";

export interface Counted {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly requests: number;
  readonly transitions: number;
  readonly invocations: number;
  /** For children that may be about to end. */
  readonly lingerMs: number;
  readonly latencyMs: number;
}

export interface Compared {
  readonly bareHopMs: number;
  readonly nativeLatencyMs: number;
  readonly nativeUsdPerMillion: number;
}

export interface AwsResult extends Omit<Counted, "lingerMs">, Compared {
  readonly work: WorkName;
  readonly usdPerMillion: number;
  readonly mustMet: boolean;
  readonly aimMet: boolean;
}

const MILLION = 1_000_000;

/** Of functions that do nothing but what the engine does. */
export function gbSecondsOf(invocations: number, lingerMs: number): number {
  return ((invocations * INVOCATION.ms + lingerMs) / 1_000) * (INVOCATION.memoryMb / 1_024);
}

export function resultOf(work: WorkName, { lingerMs, ...counts }: Counted, compared: Compared): AwsResult {
  const gbSeconds = gbSecondsOf(counts.invocations, lingerMs);
  const usdPerMillion = rounded(usdOf({ ...counts, gbSeconds }) * MILLION);
  const facts = { work, usdPerMillion, ...roundedAll(counts), ...roundedAll(compared) };
  return { ...facts, mustMet: meets(facts, "must"), aimMet: meets(facts, "aim") };
}

export function nativeUsdPerMillion(transitions: number, invocations: number): number {
  const { usd } = PRICES;
  const dollars =
    transitions * usd.transitions + invocations * usd.invocations + gbSecondsOf(invocations, 0) * usd.gbSeconds;
  return rounded(dollars * MILLION);
}

function meets(result: Omit<AwsResult, "mustMet" | "aimMet">, goal: "must" | "aim"): boolean {
  const { usd, hops, native, invocations = Number.POSITIVE_INFINITY }: AwsTarget = AWS_TARGETS[result.work];
  return (
    result.usdPerMillion <= usd[goal] &&
    result.invocations <= invocations &&
    (hops === undefined || result.latencyMs <= hops[goal] * result.bareHopMs) &&
    (native === undefined || result.latencyMs <= native[goal] * result.nativeLatencyMs)
  );
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function roundedAll<T extends Readonly<Record<keyof T, number>>>(values: T): T {
  return Object.fromEntries(Object.entries<number>(values).map(([name, value]) => [name, rounded(value)])) as T;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const COLUMNS = [
  ["work", ({ work }) => work],
  ["$/M", ({ usdPerMillion }) => usdPerMillion.toFixed(2)],
  ["must", ({ work, mustMet }) => `${AWS_TARGETS[work].usd.must} ${mustMet ? "met" : "MISSED"}`],
  ["aim", ({ work, aimMet }) => `${AWS_TARGETS[work].usd.aim} ${aimMet ? "met" : "missed"}`],
  ["native $/M", ({ nativeUsdPerMillion: usd }) => usd.toFixed(2)],
  ["W", ({ writeUnits }) => String(writeUnits)],
  ["R", ({ readUnits }) => String(readUnits)],
  ["SQS", ({ requests }) => String(requests)],
  ["transitions", ({ transitions }) => String(transitions)],
  ["invocations", ({ invocations }) => String(invocations)],
  ["ms", ({ latencyMs }) => latencyMs.toFixed(0)],
  ["bare hops", ({ latencyMs, bareHopMs }) => (latencyMs / bareHopMs).toFixed(1)],
  ["native ms", ({ nativeLatencyMs }) => nativeLatencyMs.toFixed(0)],
  ["of native", ({ latencyMs, nativeLatencyMs }) => (latencyMs / nativeLatencyMs).toFixed(2)],
] as const satisfies readonly (readonly [string, (result: AwsResult) => string])[];

/** In Markdown, as README.md shows it. */
export function toMarkdown(results: readonly AwsResult[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    row(COLUMNS.map(([heading]) => heading)),
    row(COLUMNS.map((_, at) => (at === 0 ? "---" : "--:"))),
    ...results.map((result) => row(COLUMNS.map(([, cell]) => cell(result)))),
  ].join("\n");
}

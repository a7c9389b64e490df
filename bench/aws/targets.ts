/** What must be reached on AWS, and what we aim at. */
import type { WorkName } from "./works.ts";

export interface AwsTarget {
  /** Dollars per million executions of the work, its children included. */
  readonly usd: { readonly must: number; readonly aim: number };
  /** Time, in bare hops. */
  readonly hops?: { readonly must: number; readonly aim: number };
  /** Time, over that of native Step Functions. */
  readonly native?: { readonly must: number; readonly aim: number };
  /** Most invocations from start to end. */
  readonly invocations?: number;
}

export const AWS_TARGETS: Readonly<Record<WorkName, AwsTarget>> = {
  "fast-child": { usd: { must: 12, aim: 10 }, hops: { must: 6, aim: 4 }, invocations: 2 },
  "slow-child": { usd: { must: 20, aim: 14 } },
  "long-child": { usd: { must: 48, aim: 43 } },
  "fan-out-100": { usd: { must: 350, aim: 290 }, native: { must: 0.4, aim: 0.2 } },
  "steps-20": { usd: { must: 20, aim: 16 }, native: { must: 0.4, aim: 0.15 } },
};

/** Billed of an invocation, whatever the emulator takes. */
export const INVOCATION = { ms: 60, memoryMb: 512 } as const;

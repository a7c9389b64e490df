/** What must be reached, and what we aim at. */
import type { Durability, WorkName } from "./works.ts";

export interface Target {
  readonly work: WorkName;
  readonly durability: Durability;
  /** Parts of the work. */
  readonly n: number;
  /** `rate`: operations per second, over raw commits per second. `time`: raw commits that take as long. */
  readonly kind: "rate" | "time";
  readonly must: number;
  readonly aim: number;
}

export const TARGETS: readonly Target[] = [
  { work: "W1", durability: "process", n: 1_000, kind: "rate", must: 0.1, aim: 0.22 },
  { work: "W1", durability: "power", n: 200, kind: "rate", must: 0.2, aim: 0.4 },
  { work: "W1 x 100", durability: "process", n: 4_000, kind: "rate", must: 0.45, aim: 0.9 },
  { work: "W1 x 100", durability: "power", n: 4_000, kind: "rate", must: 3, aim: 6 },
  { work: "W2", durability: "process", n: 1_000, kind: "time", must: 2_000, aim: 600 },
  { work: "W3", durability: "process", n: 100, kind: "time", must: 600, aim: 150 },
  { work: "W4", durability: "process", n: 1_000, kind: "rate", must: 0.2, aim: 0.45 },
  { work: "W4", durability: "power", n: 300, kind: "rate", must: 0.4, aim: 0.8 },
  { work: "W5", durability: "process", n: 1_000, kind: "rate", must: 0.3, aim: 0.55 },
  { work: "W5", durability: "power", n: 300, kind: "rate", must: 0.5, aim: 0.85 },
  { work: "restart", durability: "process", n: 4_000, kind: "time", must: 12_500, aim: 2_500 },
];

/** Commits that one execution of the work with `n` parts may take. */
export const COMMITS: Partial<Record<WorkName, (n: number) => number>> = {
  W1: (n) => 2 * n,
  W2: () => 3,
  W3: () => 3,
  W4: (n) => n + 2,
  W5: (n) => n + 2,
};

/** Four times the parts may take so much longer. */
export const GROWTH = { works: ["W4", "W5"], from: 1_000, to: 4_000, must: 4.4, aim: 4.1 } as const;

/** Peak of a process that does nothing but W2. */
export const MEMORY = { work: "W2", n: 1_000, must: 250, aim: 150 } as const;

/** Time with so many executions in the file, over time with none. Less than 3 % more is no difference we can tell. */
export const FULL_FILE = { executions: 100_000, must: 1.15, aim: 1.03 } as const;

/** The slowest of a hundred executions of one step beside loops over children without steps, over the same alone. */
export const BYSTANDER = { work: "bystander", n: 2_000, loops: 2, children: 15_000, must: 10, aim: 3 } as const;

/** What the stack "Faults" is deployed with: thresholds so low that a test reaches them. */
export const FAULTS = {
  /** Of the executor: a crash is noticed after this, and a little more. */
  timeoutSeconds: 10,
  interruptions: 1,
  hostAfterSeconds: 2,
  longestHostSeconds: 5,
} as const;

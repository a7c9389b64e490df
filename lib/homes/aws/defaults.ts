/** Limits and settings where a deployment says nothing else. */
import type { AwsLimits, AwsSettings } from "./context.ts";

const SECOND = 1_000;
const DAY = 24 * 60 * 60 * SECOND;

export const DEFAULT_AWS_LIMITS: AwsLimits = {
  depth: 32,
  pendingChildren: 2_000,
  payload: 2 * 1024 * 1024,
  inbox: 10_000,
  interruptions: 10,
  continueAsNewAt: { operations: 10_000, bytes: 10 * 1024 * 1024 },
  idleWakes: 100,
};

export const DEFAULT_AWS_SETTINGS: AwsSettings = {
  executor: "short",
  version: "$LATEST",
  memoryMb: 512,
  leaseMs: 60 * SECOND,
  lingerMs: 250,
  pollMs: 30,
  hostAfterMs: 60 * SECOND,
  longestHostMs: 300 * DAY,
  controlMs: 2 * SECOND,
  headBytes: 1_024,
  endBytes: 4_096,
  chunkBytes: 380 * 1024,
};

/** What AWS takes for what a meter counts: list prices of one region, without free tiers. */
import type { Counts } from "./meter.ts";

export const PRICES = {
  /** When this table was written. */
  date: "2026-11-21",
  region: "us-east-1",
  usd: {
    /** DynamoDB on demand. */
    writeUnits: 0.625e-6,
    readUnits: 0.125e-6,
    /** SQS, standard queues; each of up to 64 KB. */
    requests: 0.4e-6,
    /** Step Functions Standard. */
    transitions: 25e-6,
    /** Lambda on arm64. */
    invocations: 0.2e-6,
    gbSeconds: 13.3334e-6,
  },
} as const;

export function usdOf(counts: Counts): number {
  const { usd } = PRICES;
  return (Object.keys(usd) as (keyof typeof usd)[]).reduce((sum, name) => sum + counts[name] * usd[name], 0);
}

/** Runs a work on the deployed stack: what its executions metered, and how long it took. */
import { setTimeout as sleep } from "node:timers/promises";
import { type AwsHome, openAwsHome } from "../../lib/homes/aws/aws-home.ts";
import type { CostReport } from "../../lib/homes/aws/cost.ts";
import { DEFAULTS } from "../../lib/homes/aws/env.ts";
import { type Counted, median } from "./results.ts";
import { INVOCATION } from "./targets.ts";
import { HOST_AFTER_SECONDS, type WorkName, worksWith } from "./works.ts";

export type Outputs = Readonly<Record<string, string>>;

const PAUSE_MS = 50;
/** What follows upon an end is done by then. */
const TAIL_MS = 1_500;

export function homeOf(outputs: Outputs): AwsHome {
  const urls = (executor: string): { launches: string; completions: string } => ({
    launches: outputs[`${executor}LaunchesUrl`] ?? "",
    completions: outputs[`${executor}CompletionsUrl`] ?? "",
  });
  const env = {
    ...DEFAULTS,
    table: outputs["TableName"] ?? "",
    queues: { short: urls("Short"), long: urls("Long") },
    hostArn: outputs["HostArn"] ?? "",
    executorClass: "short",
    leaseSeconds: 31,
    hostAfterSeconds: HOST_AFTER_SECONDS,
  } as const;
  return openAwsHome(env, worksWith({ sleep: () => Promise.resolve(), longMs: 0 }), { log: () => undefined });
}

/** @returns the medians, of counts and times apart */
export async function measureOurs(home: AwsHome, work: WorkName, rounds: number): Promise<Counted> {
  const runs: { cost: CostReport; latencyMs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) runs.push(await runOnce(home, work));
  const middle = (pick: (run: (typeof runs)[number]) => number): number => median(runs.map(pick));
  return {
    writeUnits: middle(({ cost }) => cost.subtree.writeUnits),
    readUnits: middle(({ cost }) => cost.subtree.readUnits),
    requests: middle(({ cost }) => cost.subtree.requests),
    transitions: middle(({ cost }) => cost.subtree.transitions),
    invocations: middle(({ cost }) => cost.subtree.invocations),
    lingerMs: middle(({ cost }) => lingerOf(cost, work)),
    latencyMs: middle(({ latencyMs }) => latencyMs),
  };
}

/** One that does not count: functions are cold, and workflows not registered yet. */
export async function runOnce(home: AwsHome, work: WorkName): Promise<{ cost: CostReport; latencyMs: number }> {
  const begin = Date.now();
  const { executionId } = await home.client.start(work, { n: 1 });
  for (;;) {
    const view = await home.client.get(executionId);
    if (view.endedAt === undefined) {
      await sleep(PAUSE_MS);
      continue;
    }
    if (view.status !== "SUCCEEDED") throw new Error(`${work} ended ${view.status}`);
    await sleep(TAIL_MS);
    return { cost: await home.cost(executionId, "default"), latencyMs: view.endedAt - begin };
  }
}

/** The parent's own functions run longer than they have to only because they wait: for nothing else than children. */
function lingerOf({ execution }: CostReport, work: WorkName): number {
  if (work === "steps-20") return 0;
  const ranMs = (execution.gbSeconds / (INVOCATION.memoryMb / 1_024)) * 1_000;
  return Math.max(0, ranMs - INVOCATION.ms);
}

/** Runs a work on the deployed stack: what its executions metered, and how long it took. */
import { setTimeout as sleep } from "node:timers/promises";
import { type AwsHome, openAwsHome } from "../../lib/homes/aws/aws-home.ts";
import type { CostReport } from "../../lib/homes/aws/cost.ts";
import { DEFAULTS } from "../../lib/homes/aws/env.ts";
import { LINGERS_FOR_MANY } from "../../lib/homes/aws/invocation.ts";
import { MANY } from "../../lib/homes/aws/waiting.ts";
import type { ExecutionView } from "../../lib/ports/client.ts";
import { type Counted, median } from "./results.ts";
import { HOST_AFTER_SECONDS, type WorkName, worksWith } from "./works.ts";

export type Outputs = Readonly<Record<string, string>>;

/** An end is noticed so late. */
const LOOK_MS = 25;
/** Whoever looks takes the processor from what he looks at. */
const PAUSE_MS = 300;
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

interface Run {
  readonly cost: CostReport;
  readonly latencyMs: number;
  readonly children: readonly ExecutionView[];
}

/**
 * @param beside measures what it is compared to, before each round: the machine is not as fast at all times
 * @returns the medians, of counts and times apart
 */
export async function measureOurs(
  home: AwsHome,
  work: WorkName,
  rounds: number,
  beside: () => Promise<void>,
): Promise<Counted> {
  const runs: Run[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await beside();
    runs.push(await runOnce(home, work));
  }
  const middle = (pick: (run: Run) => number): number => median(runs.map(pick));
  return {
    writeUnits: middle(({ cost }) => cost.subtree.writeUnits),
    readUnits: middle(({ cost }) => cost.subtree.readUnits),
    requests: middle(({ cost }) => cost.subtree.requests),
    transitions: middle(({ cost }) => cost.subtree.transitions),
    invocations: middle(({ cost }) => cost.subtree.invocations),
    lingerMs: middle(({ children }) => lingerOf(children)),
    latencyMs: middle(({ latencyMs }) => latencyMs),
  };
}

export async function runOnce(home: AwsHome, work: WorkName): Promise<Run> {
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
    const { executions } = await home.client.list({ parentId: executionId });
    const cost = await home.cost(executionId, "default");
    return { cost, latencyMs: view.endedAt - begin, children: executions };
  }
}

/**
 * How long the parent's function went on only to wait: after each start or end until the next end, or until it parked.
 * Taken from when its children were born and ended, as the emulator's functions take longer than they would.
 */
function lingerOf(children: readonly ExecutionView[]): number {
  let at = Math.min(...children.map(({ createdAt }) => createdAt));
  let lingered = 0;
  const ends = children.map(({ endedAt = 0 }) => endedAt).toSorted((a, b) => a - b);
  for (const [ended, end] of ends.entries()) {
    const isFlow = ended > 0 && ends.length - ended >= MANY;
    const limit = DEFAULTS.lingerMs * (isFlow ? LINGERS_FOR_MANY : 1);
    if (end > at) lingered += Math.min(limit, end - at + LOOK_MS);
    at = Math.max(at, end);
  }
  return lingered;
}

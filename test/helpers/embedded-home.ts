/** The embedded home under test: in memory; its time, ids and jitter are ours, so that two runs are equal. */
import { setTimeout } from "node:timers/promises";
import { type Engine, openEngine } from "../../lib/homes/embedded/engine.ts";
import type { EngineLimits, EngineOptions } from "../../lib/homes/embedded/engine-options.ts";
import type { LogLine } from "../../lib/ports/log-sink.ts";
import type { Ids } from "../../lib/ports/ids.ts";
import type { HomeUnderTest } from "../conformance/runner.ts";
import type { Scenario } from "../conformance/scenario.ts";
import { VirtualClock } from "./virtual-clock.ts";

export function embeddedHome(options: Pick<EngineOptions, "eviction" | "plugins" | "log"> = {}): HomeUnderTest {
  return {
    name: options.eviction === undefined ? "embedded" : `embedded, eviction ${options.eviction}`,
    async open(workflows, limits) {
      const clock = new VirtualClock();
      const logs: LogLine[] = [];
      const begin = clock.now();
      const engine = await openEngine({
        log: (line) => void logs.push(line),
        ...options,
        // A journal that does not fit ends a scenario with an error, as it does on every other home.
        onCodeMismatch: "fail",
        file: ":memory:",
        workflows,
        limits: engineLimits(limits),
        clock,
        ids: countedIds(),
      });
      return {
        client: engine,
        ...(options.log === undefined ? { logs } : undefined),
        now: () => clock.now() - begin,
        idle: () => rest(engine),
        async advance(limitMs) {
          const limit = limitMs === undefined ? undefined : begin + limitMs;
          if (clock.fireNext(limit)) return true;
          if (limit !== undefined) clock.moveTo(limit);
          return limit !== undefined;
        },
        close: () => engine.close(),
      };
    },
  };
}

/** How long a body may run without anything being committed before time goes on: it may be waiting for its timeout. */
const PATIENCE_MS = 100;

/** Resolves when the engine is idle, or when all that is left of it is a step's body that waits to be aborted. */
async function rest(engine: Engine): Promise<void> {
  const idle = engine.idle().then(() => true);
  for (let commits = -1; commits !== engine.commits;) {
    commits = engine.commits;
    const patience = new AbortController();
    const isIdle = await Promise.race([
      idle,
      setTimeout(PATIENCE_MS, false, { signal: patience.signal }).catch(() => false),
    ]);
    patience.abort();
    if (isIdle) return;
  }
}

function countedIds(): Ids {
  let count = 0;
  return {
    root: () => `root${String((count += 1)).padStart(16, "0")}`,
    random: () => 0.5,
  };
}

export function engineLimits(limits: NonNullable<Scenario["engine"]>): Partial<EngineLimits> {
  const { maxDepth, maxPendingChildren, maxPayloadBytes } = limits;
  return {
    ...(maxDepth === undefined ? undefined : { depth: maxDepth }),
    ...(maxPendingChildren === undefined ? undefined : { pendingChildren: maxPendingChildren }),
    ...(maxPayloadBytes === undefined ? undefined : { payload: maxPayloadBytes }),
  };
}

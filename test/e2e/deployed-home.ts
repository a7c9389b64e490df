/** The deployed stack as a home under test: real time, and a store that all scenarios share. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../lib/ports/client.ts";
import type { HomeUnderTest } from "../conformance/runner.ts";

export interface DeployedOptions {
  readonly name: string;
  /** A client of the deployment. */
  readonly client: () => Client;
  readonly unsupported?: HomeUnderTest["unsupported"];
  /** Scenarios of nothing more to come are looked at no longer than this after it became quiet. */
  readonly patienceMs: number;
}

/** Looks soon at first, for what is fast; then less and less often. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 800;
/** One that is to begin later has not begun by then. */
const LONGEST_START_MS = 6_000;
const SLOWER = 1.3;

export function deployedHome({ name, client, unsupported = [], patienceMs }: DeployedOptions): HomeUnderTest {
  return {
    name,
    unsupported,
    open: async (_workflows, limits) => {
      if (Object.keys(limits).length > 0) throw new Error("the limits of a deployment are not a scenario's to set");
      const begin = Date.now();
      let pause = FIRST_PAUSE_MS;
      const now = (): number => Date.now() - begin;
      return {
        client: client(),
        now,
        begun: async (root) => {
          const started = now();
          while (root !== undefined && now() - started < LONGEST_START_MS) {
            const { status } = await client().get(root.id, root.namespace);
            if (status !== "PENDING") return now();
            await sleep(FIRST_PAUSE_MS);
          }
          return started;
        },
        idle: async () => undefined,
        advance: async (limitMs) => {
          pause = Math.min(LONGEST_PAUSE_MS, pause * SLOWER);
          await sleep(limitMs === undefined ? pause : Math.max(0, Math.min(pause, limitMs - now())));
          return now() < patienceMs;
        },
        close: async () => undefined,
      };
    },
  };
}

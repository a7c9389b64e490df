/** The AWS home behind its SDK clients, as a home under test that also holds its meters against an own count. */
import type { HomeUnderTest } from "../../conformance/runner.ts";
import { emptyTally, HttpCloud, type Tally } from "./http-cloud.ts";

/** Attributes of heads. */
const METERS: Readonly<Record<keyof Tally, string>> = {
  writeUnits: "mw",
  readUnits: "mr",
  requests: "mq",
  transitions: "mt",
  invocations: "mn",
  gbSeconds: "mg",
};
/** Of timers, until no message is under way. */
const MOST_ROUNDS = 2_000;
/** Parts of requests that were shared. */
const FINEST = 1e-3;

export function httpAwsHome(name: string): HomeUnderTest {
  return {
    name,
    open: async (workflows, { maxDepth, maxPendingChildren, maxPayloadBytes }) => {
      const cloud = new HttpCloud({
        workflows,
        limits: {
          ...(maxDepth === undefined ? undefined : { depth: maxDepth }),
          ...(maxPendingChildren === undefined ? undefined : { pendingChildren: maxPendingChildren }),
          ...(maxPayloadBytes === undefined ? undefined : { payload: maxPayloadBytes }),
        },
      });
      const begin = cloud.clock.now();
      return {
        client: cloud.client,
        now: () => cloud.clock.now() - begin,
        idle: () => cloud.idle(),
        advance: async (limitMs) => {
          const limit = limitMs === undefined ? undefined : begin + limitMs;
          if (cloud.clock.fireNext(limit)) return true;
          if (limit !== undefined) cloud.clock.moveTo(limit);
          return limit !== undefined;
        },
        close: async () => {
          await comeToRest(cloud);
          compareMeters(cloud);
        },
      };
    },
  };
}

/** What is paid in advance must have happened. */
async function comeToRest(cloud: HttpCloud): Promise<void> {
  await cloud.idle();
  for (let round = 0; round < MOST_ROUNDS && cloud.inFlight > 0; round += 1) {
    if (!cloud.clock.fireNext()) return;
    await cloud.idle();
  }
}

function compareMeters(cloud: HttpCloud): void {
  const metered = emptyTally();
  for (const item of cloud.table.all) {
    for (const [count, attribute] of Object.entries(METERS) as [keyof Tally, string][])
      metered[count] += Number(item[attribute]?.N ?? 0);
  }
  const differences = (Object.keys(metered) as (keyof Tally)[])
    .filter((count) => Math.abs(metered[count] - cloud.tally[count]) > FINEST)
    .map((count) => `${count}: metered ${metered[count]}, billed ${cloud.tally[count]}`);
  if (differences.length > 0) throw new Error(`the meters differ from the bill: ${differences.join("; ")}`);
}

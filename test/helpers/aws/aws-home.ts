/** The AWS home under test, on services in memory. */
import type { AwsSettings } from "../../../lib/homes/aws/context.ts";
import type { HomeUnderTest } from "../../conformance/runner.ts";
import { MemoryCloud } from "./memory-cloud.ts";

export function awsHome(name: string, settings: Partial<AwsSettings> = {}): HomeUnderTest {
  return {
    name,
    open: async (workflows, { maxDepth, maxPendingChildren, maxPayloadBytes }) => {
      const cloud = new MemoryCloud({
        workflows,
        settings,
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
        close: async () => undefined,
      };
    },
  };
}

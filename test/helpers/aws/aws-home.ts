/** The AWS home under test, on services in memory. */
import type { AwsSettings } from "../../../lib/homes/aws/context.ts";
import type { HomeUnderTest, Opened } from "../../conformance/runner.ts";
import type { Scenario } from "../../conformance/scenario.ts";
import { type CloudOptions, MemoryCloud } from "./memory-cloud.ts";

export function awsHome(name: string, settings: Partial<AwsSettings> = {}): HomeUnderTest {
  return { name, open: async (workflows, limits) => openCloud(workflows, limits, { settings }) };
}

export function openCloud(
  workflows: Scenario["workflows"],
  { maxDepth, maxPendingChildren, maxPayloadBytes }: NonNullable<Scenario["engine"]>,
  options: Omit<CloudOptions, "workflows" | "limits">,
): Opened & { readonly cloud: MemoryCloud } {
  const limits = {
    ...(maxDepth === undefined ? undefined : { depth: maxDepth }),
    ...(maxPendingChildren === undefined ? undefined : { pendingChildren: maxPendingChildren }),
    ...(maxPayloadBytes === undefined ? undefined : { payload: maxPayloadBytes }),
  };
  const cloud = new MemoryCloud({ ...options, workflows, limits });
  const begin = cloud.clock.now();
  return {
    cloud,
    client: cloud.client,
    logs: cloud.logs,
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
}

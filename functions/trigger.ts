import type { TriggerPayload } from "../lib/homes/aws/env.ts";
import { startTriggered } from "../lib/api/triggered-start.ts";
import { home, workflows } from "./home.ts";

/** Starts what an event, or a moment of a schedule, triggers: once, however often it is delivered. */
export function handler(payload: TriggerPayload): Promise<{ executionId: string }> {
  return startTriggered(home.client, workflows, payload);
}

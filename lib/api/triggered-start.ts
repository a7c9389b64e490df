/** An event, or a moment of a schedule, starts an execution of the workflow that declared it: once per event id. */
import { TreelineError } from "../kernel/errors.ts";
import type { Trigger, Workflow } from "../kernel/definition.ts";
import type { TriggeringEvent, TriggerPayload } from "../homes/aws/env.ts";
import type { Client } from "../ports/client.ts";
import { currentVersions } from "../engine/registered-workflows.ts";
import { startOnce } from "./start-once.ts";

/** @throws TreelineError `workflow_unknown` when the module no longer has that trigger: its rule is older or newer */
export async function startTriggered(
  client: Client,
  workflows: readonly Workflow[],
  { workflow, trigger: index, event }: TriggerPayload,
): Promise<{ executionId: string }> {
  const trigger = currentVersions(workflows).find(({ name }) => name === workflow)?.triggers?.[index];
  if (trigger === undefined) {
    throw new TreelineError(
      "workflow_unknown",
      `event ${event.id} is for trigger ${index} of workflow ${workflow}, which is not deployed; deploy again, then redrive the event`,
    );
  }
  const { handle } = await startOnce(client, {
    workflow,
    input: triggeredInput(trigger, event),
    options: { summary: `${event.source}: ${event.detailType}` },
    key: `event:${workflow}:${event.id}`,
  });
  return { executionId: handle.executionId };
}

/** What the trigger makes of an event. A text that begins with `$.` is a path into it, in EventBridge's own names. */
export function triggeredInput(trigger: Trigger, { detailType, ...event }: TriggeringEvent): unknown {
  if (trigger.input !== undefined) return mapped(trigger.input, { ...event, "detail-type": detailType });
  return "schedule" in trigger ? {} : event.detail;
}

function mapped(value: unknown, event: unknown): unknown {
  if (typeof value === "string") return value.startsWith("$.") ? lookUp(value.slice(2).split("."), event) : value;
  if (Array.isArray(value)) return value.map((item) => mapped(item, event));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, event)]));
}

/** What is not there is left out; whether the workflow can do without it, its schema decides. */
function lookUp(path: readonly string[], from: unknown): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, name)
        ? (value as Readonly<Record<string, unknown>>)[name]
        : undefined,
    from,
  );
}

/** Events of a tree that was never run. */
import type { ExecutionEvent } from "../../../lib/ports/client.ts";

type Facts = Partial<ExecutionEvent> & Pick<ExecutionEvent, "type">;

/** `path` tells id, parent, depth and workflow: `order/charge`. */
export function eventOf(path: string, at: number, facts: Facts): ExecutionEvent {
  const segments = path.split("/");
  const parentId = segments.length > 1 ? segments.slice(0, -1).join("/") : undefined;
  return {
    id: `${path}:${at}`,
    cursor: `1-${at}-0-0`,
    at,
    executionId: path,
    runId: `${path}/1`,
    workflow: (segments.at(-1) ?? "").replace(/#\d+$/, ""),
    rootId: segments[0] ?? "",
    depth: segments.length - 1,
    path,
    ...(parentId === undefined ? undefined : { parentId }),
    ...facts,
  };
}

export function started(path: string, at: number, facts: Partial<ExecutionEvent> = {}): ExecutionEvent {
  return eventOf(path, at, { type: "execution.started", ...facts });
}

export function succeeded(path: string, at: number): ExecutionEvent {
  return eventOf(path, at, { type: "execution.succeeded" });
}

export function failed(path: string, at: number, message: string): ExecutionEvent {
  return eventOf(path, at, { type: "execution.failed", error: { type: "StepError", message } });
}

export function operation(
  path: string,
  at: number,
  type: ExecutionEvent["type"],
  key: string,
  facts: Partial<ExecutionEvent> = {},
): ExecutionEvent {
  const [, kind = "STEP", name = key] = /(?:.*\/)?([A-Z]+):(.+)#/.exec(key) ?? [];
  return eventOf(path, at, { type, operation: key, kind: kind as NonNullable<ExecutionEvent["kind"]>, name, ...facts });
}

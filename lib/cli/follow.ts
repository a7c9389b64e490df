/** Shows a tree of executions until all of it has ended, or nobody wants to wait any more. */
import type { Client } from "../ports/client.ts";
import type { TreeDisplay } from "./tree-display.ts";

/** Internal id of an execution, and where it is to be found. */
export interface ExecutionAddress {
  readonly id: string;
  readonly namespace: string;
}

export async function follow(
  client: Pick<Client, "events">,
  { id, namespace }: ExecutionAddress,
  display: TreeDisplay,
  signal: AbortSignal,
): Promise<void> {
  for await (const event of client.events(id, { follow: true, signal }, namespace)) display.show(event);
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

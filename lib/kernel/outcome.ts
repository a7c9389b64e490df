/** How a child ended, as its parent sees it when it asks for the outcome instead of the result (D12). */
import type { Outcome } from "./context.ts";
import { fromErrorObject } from "./error-object.ts";
import type { ErrEntry, OkEntry } from "./journal.ts";
import type { Operation } from "./operation.ts";
import { decode } from "./payload.ts";
import { decodeState } from "./state.ts";

export function outcomeOf(operation: Operation, entry: OkEntry | ErrEntry): Outcome {
  const base = {
    executionId: operation.target ?? "",
    state: decodeState(entry.o?.state),
    usage: entry.o?.usage ?? { operations: 0, attempts: 0, children: 0, bytes: 0 },
    ...(entry.o?.meta === undefined ? undefined : { meta: entry.o.meta }),
  };
  return entry.t === "ok"
    ? { ...base, status: "SUCCEEDED", output: decode(entry.v) }
    : { ...base, status: entry.status ?? "FAILED", error: fromErrorObject(entry.e) };
}

/** A start from outside, as every home understands it. */
import { nameOf, positive } from "../kernel/children.ts";
import type { AnyWorkflow } from "../kernel/context.ts";
import { toMillis } from "../kernel/duration.ts";
import { check } from "../kernel/options.ts";
import { decode, encode } from "../kernel/payload.ts";
import { toPolicyData } from "../kernel/retry.ts";
import { encodeState } from "../kernel/state.ts";
import type { ClientStartOptions } from "../ports/client.ts";
import { CLIENT_OPTIONS } from "../ports/option-table.ts";
import type { BirthRequest } from "./birth.ts";

export const DEFAULT_NAMESPACE = "default";

/** @throws InvalidArgumentError, SerdesFailedError */
export function startRequest(workflow: AnyWorkflow, input: unknown, options: ClientStartOptions): BirthRequest {
  check(CLIENT_OPTIONS.ClientStartOptions, options, "start", nameOf(workflow).name);
  const { namespace, id, executionTimeout, retry, startDelay, state, ...rest } = options;
  return {
    ...rest,
    namespace: namespace ?? DEFAULT_NAMESPACE,
    workflow: nameOf(workflow).name,
    // The copy that a child would get, too: nobody shares what the caller may still change (D1).
    input: decode(encode(input, "input")),
    ...(typeof workflow === "string" ? undefined : { version: workflow.version }),
    ...(id === undefined ? undefined : { publicId: id }),
    ...(executionTimeout === undefined
      ? undefined
      : { executionTimeoutMs: positive(executionTimeout, "executionTimeout") }),
    ...(retry === undefined ? undefined : { retry: toPolicyData(retry) }),
    ...(startDelay === undefined ? undefined : { startDelayMs: toMillis(startDelay, "startDelay") }),
    ...(state === undefined ? undefined : { state: encodeState(state, "state") }),
  };
}

/** A start from outside, as every home understands it. */
import { checkStart, positive } from "../kernel/children.ts";
import type { AnyWorkflow } from "../kernel/context.ts";
import { toMillis } from "../kernel/duration.ts";
import { TreelineError } from "../kernel/errors.ts";
import { decode, encode } from "../kernel/payload.ts";
import { toPolicyData } from "../kernel/retry.ts";
import { encodeState } from "../kernel/state.ts";
import type { ClientStartOptions } from "../ports/client.ts";
import type { BirthRequest } from "./birth.ts";

export const DEFAULT_NAMESPACE = "default";
const NAMESPACE = /^[\w.-]{1,64}$/;

/** @throws TreelineError `invalid_argument`, SerdesFailedError */
export function startRequest(workflow: AnyWorkflow, input: unknown, options: ClientStartOptions): BirthRequest {
  const {
    namespace,
    id,
    executionTimeout,
    retry,
    startDelay,
    state,
    name: _name,
    ...rest
  } = options as ClientStartOptions & { name?: string };
  checkStart(options, typeof workflow === "string" ? workflow : workflow.name);
  if (namespace !== undefined && !NAMESPACE.test(namespace)) {
    throw new TreelineError(
      "invalid_argument",
      "a namespace has 1 to 64 letters, digits, dots, dashes and underscores",
    );
  }
  return {
    ...rest,
    namespace: namespace ?? DEFAULT_NAMESPACE,
    workflow: typeof workflow === "string" ? workflow : workflow.name,
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

/** How an execution ended, for people and for programs. */
import { fromErrorObject } from "../kernel/error-object.ts";
import type { Outcome } from "../kernel/context.ts";
import type { ExecutionDetail } from "../ports/client.ts";
import { describeFailure, failureJson } from "./output.ts";

export function outcomeJson(outcome: Outcome): object {
  const { error, ...rest } = outcome;
  return error === undefined ? rest : { ...rest, error: failureJson(error) };
}

/** Why it failed, cause by cause. */
export function failureText({ status, error }: Outcome): string {
  return error === undefined ? status : describeFailure(error);
}

export function toOutcome(detail: ExecutionDetail): Outcome {
  const { id, status, output, error, state, usage, meta } = detail;
  return {
    executionId: id,
    status,
    state,
    usage,
    ...(meta === undefined ? undefined : { meta }),
    ...(output === undefined ? undefined : { output }),
    ...(error === undefined ? undefined : { error: fromErrorObject(error) }),
  };
}

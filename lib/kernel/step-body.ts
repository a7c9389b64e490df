/** What is the same about the body of a step or condition, whoever runs it. */
import type { StepContext } from "./context.ts";
import { toMillis } from "./duration.ts";
import { toError, toErrorObject } from "./error-object.ts";
import { TreelineError } from "./errors.ts";
import type { ErrorObject, Payload, RetryPolicyData } from "./journal.ts";
import type { Operation, OperationBody } from "./operation.ts";
import { decode } from "./payload.ts";
import { decideRetry, type RetryDecision, type RetryStrategy, toPolicyData } from "./retry.ts";
import { validate } from "./schema.ts";

/** Calls the author's function. */
export function callBody(body: OperationBody, operation: Operation, attempt: StepContext): unknown {
  if (body.kind === "step") return body.run(attempt);
  return body.check(decode(operation.lastTry?.v ?? operation.entry.d?.initial), attempt);
}

/** The result as the step's schema wants it, or a promise of it. @throws ValidationError */
export function checkedResult(body: OperationBody, operation: Operation, value: unknown): unknown {
  const schema = body.kind === "step" ? body.options.schema : undefined;
  return schema === undefined ? value : validate(schema, value, `result of step ${operation.entry.n}`);
}

/** After how long the next poll follows, if one does. @param v what this one found */
export function judgePoll(
  { options }: OperationBody & { kind: "condition" },
  attempt: number,
  v: Payload,
): number | undefined {
  const decision = options.waitStrategy(decode(v), attempt);
  if (typeof decision?.shouldContinue !== "boolean") {
    const what = "gave no { shouldContinue: true or false }; it must not be asynchronous";
    throw new TreelineError("invalid_argument", `the wait strategy ${what}`);
  }
  return decision.shouldContinue ? toMillis(decision.delay, "delay of the wait strategy") : undefined;
}

/** What follows a failed attempt. A strategy or policy that throws is how the step failed, then. */
export function judgeFailure(
  operation: Operation,
  thrown: unknown,
  attempt: number,
  random: () => number,
): { readonly e: ErrorObject; readonly decision: RetryDecision } {
  const e = toErrorObject(thrown);
  // Polls that went well are attempts, too.
  const tried = operation.kind === "CONDITION" ? operation.failures + 1 : attempt;
  try {
    return { e, decision: decideRetry(retryOf(operation.body), toError(thrown), tried, random) };
  } catch (error) {
    return { e: { cause: e, ...toErrorObject(error) }, decision: { retry: false } };
  }
}

/** As `decideRetry` takes it. */
function retryOf(body: OperationBody | undefined): RetryPolicyData | RetryStrategy | false | undefined {
  const retry = body?.kind === "condition" ? (body.options.retry ?? false) : body?.options.retry;
  return typeof retry === "object" ? toPolicyData(retry) : retry;
}

/** What AWS refuses, as an error of ours: what was asked for, why not, and what to do. */
import { TreelineError } from "../kernel/errors.ts";

const DENIED = new Set(["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"]);
const NO_CREDENTIALS = new Set([
  "CredentialsProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "TokenProviderError",
  "UnrecognizedClientException",
]);
const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
]);

interface SdkError extends Error {
  /** Of `ListMessageMoveTasks` and its like: the code before the protocol was JSON. */
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/**
 * @param action the right that it takes, as IAM calls it: `sqs:ReceiveMessage`
 * @param on what it is done to
 * @throws TreelineError `aws_refused`, `aws_failed`, `invalid_argument`
 */
export async function asking<T>(action: string, on: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw toFailure(error, action, on);
  }
}

/** Codes come with and without the service's name. */
export function codeOf(error: unknown): string {
  const { name = "", Code = name } = error as Partial<SdkError>;
  return (name === "Error" ? Code : name).replace(/^.*[.#]/, "");
}

export function statusOf(error: unknown): number | undefined {
  return (error as Partial<SdkError>).$metadata?.httpStatusCode;
}

function toFailure(error: unknown, action: string, on: string): TreelineError {
  if (error instanceof TreelineError) return error;
  const { message, $metadata } = error as SdkError;
  const code = codeOf(error);
  const options = { cause: error };
  if (/region is missing/i.test(message)) {
    const hint = "the AWS region is not known; set AWS_REGION, or name it with --region, or a --profile that has one";
    return new TreelineError("invalid_argument", hint, options);
  }
  if (NO_CREDENTIALS.has(code)) {
    const hint = "log in to AWS, or name a --profile";
    return new TreelineError("aws_refused", `there are no valid AWS credentials: ${message}; ${hint}`, options);
  }
  if (DENIED.has(code)) {
    const hint = "--help tells all that the command needs";
    return new TreelineError("aws_refused", `your credentials lack ${action} on ${on}: ${message}; ${hint}`, options);
  }
  if (THROTTLED.has(code)) {
    const { attempts = 1 } = $metadata ?? {};
    const tried = `AWS throttles ${action} on ${on}, ${attempts} time(s) in a row`;
    return new TreelineError("aws_failed", `${tried}; what was done stays done: run the command again`, options);
  }
  return new TreelineError("aws_failed", `${action} on ${on} failed: ${code}: ${message}`, options);
}

import { toErrorObject } from "../kernel/error-object.ts";
import { StoppedError } from "../kernel/errors.ts";
import type { ErrorObject } from "../kernel/journal.ts";

/** What an execution that is stopped ends with. @param reason "" where none was given */
export function stopped(reason: string): ErrorObject {
  return toErrorObject(new StoppedError("stopped", reason === "" ? "the execution was stopped" : `stopped: ${reason}`));
}

/** A sink of the user's decides nothing: what it throws, or rejects with, is told once on standard error. */
import { lineOf } from "../kernel/error-object.ts";
import { isThenable } from "../kernel/thenable.ts";
import type { LogSink } from "../ports/log-sink.ts";

export function safeLog(sink: LogSink): LogSink {
  let isTold = false;
  const failed = (error: unknown): void => {
    if (isTold) return;
    isTold = true;
    process.stderr.write(`treeline: the log sink failed: ${lineOf(error)}. Further failures are not told.\n`);
  };
  return (line) => {
    try {
      const result: unknown = sink(line);
      if (isThenable(result)) result.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  };
}

/** Ctrl-C, and being asked to end: once politely, the second time at once. */
import { EXIT } from "./exit-codes.ts";

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** What to exit with after it. */
  readonly code: number;
  dispose(): void;
}

export function onInterrupt(): Interruption {
  const controller = new AbortController();
  let code: number = EXIT.interrupted;
  const hear = (signal: NodeJS.Signals): void => {
    code = signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
    if (controller.signal.aborted) process.exit(code);
    controller.abort();
  };
  process.on("SIGINT", hear).on("SIGTERM", hear);
  return {
    signal: controller.signal,
    get code() {
      return code;
    },
    dispose: () => void process.off("SIGINT", hear).off("SIGTERM", hear),
  };
}

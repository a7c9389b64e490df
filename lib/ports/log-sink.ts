/** Where log lines of workflows and of the engine go. Payloads are never logged by the engine itself. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly executionId?: string;
  readonly workflow?: string;
  readonly path?: string;
  readonly scope?: string;
  readonly operation?: string;
  readonly attempt?: number;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export type LogSink = (line: LogLine) => void;

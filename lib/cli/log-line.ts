/** Log lines of workflows and of the engine, for people. */
import type { LogLine, LogSink } from "../ports/log-sink.ts";
import { createPaint } from "./glyphs.ts";
import { toJson } from "./output.ts";
import { toLine } from "./text.ts";

export function logTo(print: (text: string) => void, colors: boolean): LogSink {
  const paint = createPaint(colors);
  const levels: Record<LogLine["level"], string> = {
    debug: paint.dim("debug"),
    info: paint.cyan("info"),
    warn: paint.yellow("warn"),
    error: paint.red("error"),
  };
  return ({ level, path, workflow, message, fields }) => {
    if (level === "debug") return;
    const where = path ?? workflow;
    const parts = [levels[level], ...(where === undefined ? [] : [paint.dim(toLine(where))]), toLine(message)];
    print([...parts, ...(fields === undefined ? [] : [paint.dim(toJson(fields))])].join(" "));
  };
}

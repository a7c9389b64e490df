/** One event as one line for people. */
import type { ExecutionEvent } from "../ports/client.ts";
import type { Paint } from "./glyphs.ts";
import { toJson } from "./output.ts";
import { fit, toLine } from "./text.ts";
import { formatTime } from "./time.ts";
import { describeError } from "./tree-model.ts";

const LONGEST_DATA = 200;

export function formatEvent(event: ExecutionEvent, paint: Paint): string {
  const { at, path, type, name, attempt = 1, error, data } = event;
  const subject = [name, attempt > 1 ? `(attempt ${attempt})` : undefined]
    .filter((part) => part !== undefined)
    .join(" ");
  const detail = error === undefined ? dataText(data) : paint.red(toLine(describeError(error)));
  const ms = String(at % 1_000).padStart(3, "0");
  const line = [paint.dim(`${formatTime(at)}.${ms}`), toLine(path), paint.cyan(toLine(type)), toLine(subject), detail];
  return line.filter((part) => part !== "").join("  ");
}

function dataText(data: unknown): string {
  return data === undefined ? "" : fit(toJson(data), LONGEST_DATA);
}

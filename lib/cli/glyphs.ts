/** How a status looks. */
import pc from "picocolors";
import type { ExecutionStatus } from "../kernel/journal.ts";

export type Paint = ReturnType<typeof pc.createColors>;

interface Look {
  readonly glyph: string;
  readonly color: "green" | "red" | "yellow" | "magenta" | "cyan" | "dim";
}

const LOOKS: Readonly<Record<ExecutionStatus, Look>> = {
  PENDING: { glyph: "○", color: "dim" },
  RUNNING: { glyph: "▶", color: "cyan" },
  WAITING: { glyph: "◌", color: "cyan" },
  SUCCEEDED: { glyph: "✔", color: "green" },
  FAILED: { glyph: "✖", color: "red" },
  TIMED_OUT: { glyph: "◷", color: "red" },
  CANCELLED: { glyph: "⊘", color: "yellow" },
  STOPPED: { glyph: "■", color: "magenta" },
  CONTINUED_AS_NEW: { glyph: "↻", color: "cyan" },
};

const SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const SPINNER_FRAME_MS = 80;

export function createPaint(colors: boolean): Paint {
  return pc.createColors(colors);
}

export function glyphOf(status: ExecutionStatus, paint: Paint): string {
  const { glyph, color } = LOOKS[status];
  return paint[color](glyph);
}

export function paintStatus(status: ExecutionStatus, text: string, paint: Paint): string {
  return paint[LOOKS[status].color](text);
}

export function spinnerAt(now: number, paint: Paint): string {
  return paint.cyan(SPINNER.charAt(Math.floor(now / SPINNER_FRAME_MS) % SPINNER.length));
}

export const STATUSES = Object.keys(LOOKS) as readonly ExecutionStatus[];

export function isStatus(text: string): text is ExecutionStatus {
  return text in LOOKS;
}

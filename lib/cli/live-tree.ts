/**
 * The tree of executions as lines for a terminal: a pure function of the model and the time.
 *
 * A tree taller than the terminal is shortened, never scrolled: first the succeeded leaves are drawn together, then
 * the end is cut off and counted.
 */
import type { Millis } from "../kernel/journal.ts";
import { createPaint, glyphOf, paintStatus, spinnerAt, type Paint } from "./glyphs.ts";
import { fit, padEnd, plural, toLine, widthOf } from "./text.ts";
import {
  describeActivity,
  describeError,
  describeRetries,
  durationOf,
  isLive,
  type TreeExecution,
  type TreeModel,
} from "./tree-model.ts";

export interface RenderOptions {
  readonly now: Millis;
  /** Columns. */
  readonly width: number;
  /** Lines at most. @default no limit */
  readonly height?: number;
  readonly colors: boolean;
  /** A spinner where something runs, instead of a still sign. @default true */
  readonly animated?: boolean;
  /** The id of every execution, for those who want to go on with it. @default false */
  readonly ids?: boolean;
}

interface Row {
  /** Guides of the tree before the glyph. */
  readonly guide: string;
  /** Absent: a row that stands for several executions. */
  readonly execution?: TreeExecution;
  readonly text: string;
}

export function renderTree(model: TreeModel, options: RenderOptions): string[] {
  const paint = createPaint(options.colors);
  const rows = fitRows(model.roots, options.height ?? Number.POSITIVE_INFINITY);
  const column = Math.max(0, ...rows.map((row) => widthOf(row.guide) + widthOf(row.text))) + 2;
  return rows.map((row) => renderRow(row, Math.min(column, Math.floor(options.width / 2)), options, paint));
}

// ---- which rows -------------------------------------------------------------------------------------------------

function fitRows(roots: readonly TreeExecution[], height: number): Row[] {
  const all = roots.flatMap((root) => rowsOf(root, "", "", false));
  if (all.length <= height) return all;
  const rows = roots.flatMap((root) => rowsOf(root, "", "", true));
  if (rows.length <= height) return rows;
  const shown = rows.slice(0, Math.max(0, height - 1));
  return [...shown, { guide: "", text: `… ${plural(rows.length - shown.length, "more line")}` }];
}

/** `first` stands before the execution's own row, `rest` before those below it. */
function rowsOf(execution: TreeExecution, first: string, rest: string, brief: boolean): Row[] {
  const rows: Row[] = [{ guide: first, execution, text: nameOf(execution) }];
  const { shown, hidden } = brief ? withoutDoneLeaves(execution.children) : { shown: execution.children, hidden: 0 };
  shown.forEach((child, index) => {
    const last = index === shown.length - 1 && hidden === 0;
    rows.push(...rowsOf(child, `${rest}${last ? "└─ " : "├─ "}`, `${rest}${last ? "   " : "│  "}`, brief));
  });
  if (hidden > 0) rows.push({ guide: `${rest}└─ `, text: `${hidden} more succeeded` });
  return rows;
}

function withoutDoneLeaves(children: readonly TreeExecution[]): { shown: readonly TreeExecution[]; hidden: number } {
  const shown = children.filter((child) => child.status !== "SUCCEEDED" || child.children.length > 0);
  const hidden = children.length - shown.length;
  return hidden > 1 ? { shown, hidden } : { shown: children, hidden: 0 };
}

function nameOf({ label, workflow }: TreeExecution): string {
  return toLine(label.startsWith(workflow) ? label : `${label} (${workflow})`);
}

// ---- one row ----------------------------------------------------------------------------------------------------

function renderRow(row: Row, column: number, options: RenderOptions, paint: Paint): string {
  const { now, width, animated = true, ids = false } = options;
  const { execution, guide } = row;
  if (execution === undefined) return paint.dim(fit(`${guide}${row.text}`, width));
  const spins = animated && isLive(execution) && execution.status !== "PENDING";
  const glyph = spins ? spinnerAt(now, paint) : glyphOf(execution.status, paint);
  const text = fit(row.text, Math.max(8, width - widthOf(guide) - 12));
  const head = padEnd(text, column - widthOf(guide));
  const time = durationOf(execution, now).padStart(6);
  const note = fit(noteOf(execution, ids), width - widthOf(guide) - widthOf(head) - widthOf(time) - 4);
  const paintedNote = execution.error === undefined ? paint.dim(note) : paintNote(execution, note, paint);
  const line = `${paint.dim(guide)}${glyph} ${isLive(execution) ? paint.bold(head) : head}${paint.dim(time)}  ${paintedNote}`;
  return note === "" ? line.trimEnd() : line;
}

function paintNote(execution: TreeExecution, note: string, paint: Paint): string {
  return isLive(execution) ? paint.yellow(note) : paintStatus(execution.status, note, paint);
}

function noteOf(execution: TreeExecution, ids: boolean): string {
  const { error, blocked } = execution;
  const live = isLive(execution);
  const failure = error === undefined ? undefined : describeError(error);
  const state = live && failure !== undefined ? `after ${failure}` : failure;
  const parts = [
    ids ? execution.id : undefined,
    blocked === undefined ? undefined : `blocked: ${blocked.difference}`,
    describeRetries(execution),
    live ? describeActivity(execution) : undefined,
    state,
  ];
  return toLine(parts.filter((part) => part !== undefined).join(" · "));
}

/** Rows of text in columns. */
import type { Paint } from "./glyphs.ts";
import { padEnd, toCell, widthOf } from "./text.ts";

/** Text is made harmless, since most of it comes from elsewhere; what the command line wrote itself may have styles. */
export type Cell = string | { readonly styled: string };

export function formatTable(head: readonly string[], cells: readonly (readonly Cell[])[], paint: Paint): string {
  const rows = cells.map((row) => row.map((cell) => (typeof cell === "string" ? toCell(cell) : cell.styled)));
  const widths = head.map((title, column) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ""))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => padEnd(cell, widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [paint.dim(line(head)), ...rows.map(line)].join("\n");
}

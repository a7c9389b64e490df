/**
 * Lines of the ledger of the kill test. A process that is killed while it appends can leave a part of its last line: the
 * kernel looks for a deadly signal at every page of a file. So a line has an end mark, and every process begins with a
 * separator: a torn line is neither taken for a whole one nor glued to the first line of the next process.
 */
export interface LedgerLine {
  readonly key: string;
  readonly attempt: number;
  /** Names this run of the body: `<life>.<number>`. */
  readonly run: string;
}

export const SEPARATOR = "\n";
const END = "end";

export function lineOf({ key, attempt, run }: LedgerLine): string {
  return `${[key, attempt, run, END].join("\t")}\n`;
}

/** The whole lines: what stands in a torn one was never on the disk before its body returned. */
export function linesIn(text: string): LedgerLine[] {
  return text.split("\n").flatMap((line) => {
    const [key = "", attempt = "", run = "", end] = line.split("\t");
    return end === END ? [{ key, attempt: Number(attempt), run }] : [];
  });
}

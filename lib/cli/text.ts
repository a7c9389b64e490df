/** Text on a terminal: foreign text made harmless, and fitted to a width. */

// C0, DEL and C1, among them the escape that begins every terminal command.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;
// oxlint-disable-next-line no-control-regex -- colours set by us
const STYLE = /\u001b\[[0-9;]*m/g;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const ZERO = /\p{Mark}|\u200d|\ufe0f/u;

/** Lines stay lines; what else a terminal would act on goes. */
export function harmless(text: string): string {
  return text.replaceAll(CONTROL, (found) => found.replaceAll(/[^\n\t]/g, ""));
}

/** One harmless line: a message of a workflow's may hold line breaks and terminal commands. */
export function toLine(text: string): string {
  return text.replaceAll(CONTROL, " ").trim();
}

/** Columns that `text` takes; styles take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text.replaceAll(STYLE, "")) width += widthOfCharacter(character);
  return width;
}

/** At most `width` columns; what is cut off is shown by an ellipsis. Without styles. */
export function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let used = 0;
  let kept = "";
  for (const character of text) {
    used += widthOfCharacter(character);
    if (used > width - 1) break;
    kept += character;
  }
  return width < 1 ? "" : `${kept}…`;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

function widthOfCharacter(character: string): number {
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : many}`;
}

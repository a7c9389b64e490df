/** Text on a terminal: foreign text made harmless, and fitted to a width. */

// C0, DEL and C1, among them the escape that begins every terminal command; line separators; what reverses a line.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;
// oxlint-disable-next-line no-control-regex -- colours set by us
const STYLE = /\u001b\[[0-9;]*m/g;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const ZERO = /\p{Mark}|\u200d|\ufe0f/u;

/** Lines stay lines; what else a terminal would act on goes. */
export function harmless(text: string): string {
  return text.replaceAll(CONTROL, (found) => found.replaceAll(/[^\n\t]/g, ""));
}

/** The same for JSON: the characters stay, in the form that JSON has for them. Breaks and indentation are kept. */
export function escapeControls(json: string): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return json.replaceAll(CONTROL, (found) => found.replaceAll(/[^\n]/g, escape));
}

/** One harmless line: a message of a workflow's may hold line breaks and terminal commands. */
export function toLine(text: string): string {
  return toCell(text).trim();
}

/** The same with the spaces around it. */
export function toCell(text: string): string {
  return text.replaceAll(CONTROL, " ");
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

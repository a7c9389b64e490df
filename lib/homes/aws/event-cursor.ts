/**
 * How far a reader of a tree has come: for every execution the place of the last event it got. Opaque to users.
 *
 * An execution is left out once its parent's event about its end was told: whoever goes on knows it from the parent's
 * place. So a cursor grows with what is open at a time, by some ten characters each, not with the tree.
 */
import { TreelineError } from "../../kernel/errors.ts";

const FORMAT = "2";
const PLACE = /^([0-9a-v]{0,8})\.([0-9a-z]{1,10})\.([0-9a-z]{1,10})$/;
/** Ids of one tree differ in their hashes; so many characters of one tell its executions apart. */
const DIGITS = 8;

interface Place {
  readonly position: number;
  readonly sub: number;
}

export class CursorMap {
  readonly #places = new Map<string, Place>();

  /** @throws TreelineError `invalid_argument` */
  static parse(text: string | undefined): CursorMap {
    const cursor = new CursorMap();
    if (text === undefined) return cursor;
    const [format, ...places] = text.split("_");
    const parsed = places.map((place) => PLACE.exec(place));
    if (format !== FORMAT || parsed.includes(null)) {
      const shown = JSON.stringify(text.slice(0, 100));
      throw new TreelineError("invalid_argument", `${shown} is not the cursor of an event`);
    }
    for (const [, id = "", position = "0", sub = "0"] of parsed.filter((found) => found !== null)) {
      cursor.#places.set(id, { position: Number.parseInt(position, 36), sub: Number.parseInt(sub, 36) });
    }
    return cursor;
  }

  format(): string {
    let text = FORMAT;
    for (const [id, { position, sub }] of this.#places) text += `_${id}.${position.toString(36)}.${sub.toString(36)}`;
    return text;
  }

  /** Was this event told before? */
  isBehind(executionId: string, position: number, sub: number): boolean {
    const place = this.#places.get(short(executionId));
    if (place === undefined) return false;
    return position < place.position || (position === place.position && sub <= place.sub);
  }

  positionOf(executionId: string): number | undefined {
    return this.#places.get(short(executionId))?.position;
  }

  note(executionId: string, position: number, sub: number): void {
    this.#places.set(short(executionId), { position, sub });
  }

  /** All of it was told, and its parent's place says so. */
  over(executionId: string): void {
    this.#places.delete(short(executionId));
  }
}

function short(id: string): string {
  const dash = id.lastIndexOf("-");
  return dash === -1 ? "" : id.slice(dash + 1, dash + 1 + DIGITS);
}

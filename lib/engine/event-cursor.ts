/** Where an event stands: the place of its entry in the store, and its number among the events of that entry. */
import { TreelineError } from "../kernel/errors.ts";

/** Place of an entry in the global order, given by the store and stable: page, and index within it. */
export interface Place {
  readonly pos: number;
  readonly index: number;
}

export interface EventPlace extends Place {
  /** 0-based, counted before any filter. */
  readonly sub: number;
}

/** Number of this format (D4). */
const FORMAT = "1";
const PATTERN = /^1-(\d{1,15})-(\d{1,15})-(\d{1,15})$/;

export function formatCursor({ pos, index, sub }: EventPlace): string {
  return `${FORMAT}-${pos}-${index}-${sub}`;
}

/** @throws TreelineError `invalid_argument` when it is not a cursor of ours */
export function parseCursor(cursor: string): EventPlace {
  const [, pos, index, sub] = PATTERN.exec(cursor) ?? [];
  if (pos === undefined || index === undefined || sub === undefined) {
    throw new TreelineError("invalid_argument", `${JSON.stringify(cursor)} is not the cursor of an event`);
  }
  return { pos: Number(pos), index: Number(index), sub: Number(sub) };
}

export function isBehind(place: EventPlace, after: EventPlace): boolean {
  if (place.pos !== after.pos) return place.pos > after.pos;
  return place.index === after.index ? place.sub > after.sub : place.index > after.index;
}

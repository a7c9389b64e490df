/** Where a page of a list ended, in one form on every backend: when its last execution was created, and its id. */
import { TreelineError } from "../kernel/errors.ts";
import type { Millis } from "../kernel/journal.ts";

export interface ListPlace {
  readonly createdAt: Millis;
  readonly id: string;
}

/** Number of this format (D4). */
const FORMAT = "1";
const PATTERN = /^1-(\d{1,15})-([0-9a-z][0-9a-z-]{0,79})$/;

export function formatListCursor({ createdAt, id }: ListPlace): string {
  return `${FORMAT}-${createdAt}-${id}`;
}

/** @throws TreelineError `invalid_argument` when it is not a cursor of a list, an empty one included */
export function parseListCursor(cursor: string): ListPlace {
  const [, createdAt, id] = PATTERN.exec(cursor) ?? [];
  if (createdAt !== undefined && id !== undefined) return { createdAt: Number(createdAt), id };
  throw new TreelineError(
    "invalid_argument",
    `${JSON.stringify(cursor)} is not a cursor of a list; hand back what a list gave, or leave it out to begin with the newest`,
  );
}

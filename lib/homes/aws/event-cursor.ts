/**
 * How far a reader of a tree has come: for every execution the place of the last event it got. Opaque to users.
 * Some ten bytes per execution, so a reader of huge trees reads them part by part.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { TreelineError } from "../../kernel/errors.ts";

const FORMAT = "2-";
const MAX_BYTES = 1_000_000;

type Place = readonly [position: number, sub: number];

export class CursorMap {
  readonly #places: Map<string, Place>;

  private constructor(places: Map<string, Place>) {
    this.#places = places;
  }

  /** @throws TreelineError `invalid_argument` */
  static parse(text: string | undefined): CursorMap {
    if (text === undefined) return new CursorMap(new Map());
    try {
      if (!text.startsWith(FORMAT)) throw new Error("another format");
      const bytes = inflateRawSync(Buffer.from(text.slice(FORMAT.length), "base64url"), { maxOutputLength: MAX_BYTES });
      return new CursorMap(new Map(checked(JSON.parse(bytes.toString("utf8")))));
    } catch {
      throw new TreelineError(
        "invalid_argument",
        `${JSON.stringify(text.slice(0, 100))} is not the cursor of an event`,
      );
    }
  }

  format(): string {
    const text = JSON.stringify([...this.#places].map(([id, [position, sub]]) => [id, position, sub]));
    return FORMAT + deflateRawSync(Buffer.from(text)).toString("base64url");
  }

  /** Was this event told before? */
  isBehind(executionId: string, position: number, sub: number): boolean {
    const place = this.#places.get(short(executionId));
    if (place === undefined) return false;
    return position < place[0] || (position === place[0] && sub <= place[1]);
  }

  note(executionId: string, position: number, sub: number): void {
    this.#places.set(short(executionId), [position, sub]);
  }
}

/** Ids of one tree begin alike. */
function short(id: string): string {
  const dash = id.indexOf("-");
  return dash === -1
    ? ""
    : id
        .slice(dash + 1)
        .replace("-", "")
        .slice(-18);
}

function checked(found: unknown): [string, Place][] {
  if (!Array.isArray(found)) throw new Error("not a list");
  return found.map((each: unknown) => {
    const [id, position, sub] = each as unknown[];
    if (typeof id !== "string" || !Number.isSafeInteger(position) || !Number.isSafeInteger(sub))
      throw new Error("no place");
    return [id, [position as number, sub as number]];
  });
}

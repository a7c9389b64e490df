/**
 * What owner and clients of a file say to each other: one message per line, in the codec of all stored values, so that
 * a Date stays a Date. Requests are answered by their id, in any order; `events` answers with many messages.
 */
import type { ErrorObject } from "../../kernel/journal.ts";
import { decode, encode } from "../../kernel/payload.ts";
import type { ExecutionEvent } from "../../ports/client.ts";

/** Goes up when a message changes its meaning; told in `hello`. */
export const PROTOCOL = 1;

/** Characters of one request: several of the largest values there may be. */
export const LONGEST_REQUEST = 16 * 1024 * 1024;

export interface Request {
  readonly id: number;
  readonly method: string;
  readonly params?: unknown;
}

/** `id` is null where the request had none that could be read. */
export type Reply =
  | { readonly id: number | null; readonly error: ErrorObject }
  | { readonly id: number; readonly event: ExecutionEvent }
  | { readonly id: number; readonly result: unknown };

export interface Hello {
  readonly protocol: number;
  readonly pid: number;
}

export function toLine(message: Request | Reply): string {
  return `${encode(message, "The message")}\n`;
}

/** @throws SerdesFailedError */
export function fromLine(line: string): unknown {
  return decode(line);
}

/** Cuts a stream of text into lines. */
export class LineSplitter {
  readonly #longest: number;
  #parts: string[] = [];
  #length = 0;

  constructor(longest = Number.POSITIVE_INFINITY) {
    this.#longest = longest;
  }

  /** The lines that `chunk` completes; undefined when one became too long. */
  push(chunk: string): string[] | undefined {
    const lines: string[] = [];
    let from = 0;
    for (let to = chunk.indexOf("\n"); to !== -1; to = chunk.indexOf("\n", from)) {
      if (!this.#keep(chunk.slice(from, to))) return undefined;
      lines.push(this.#parts.join(""));
      this.#parts = [];
      this.#length = 0;
      from = to + 1;
    }
    return this.#keep(chunk.slice(from)) ? lines : undefined;
  }

  #keep(part: string): boolean {
    this.#parts.push(part);
    this.#length += part.length;
    return this.#length <= this.#longest;
  }
}

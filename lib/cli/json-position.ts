/** Where a text stops being JSON. `JSON.parse` often does not say. */

export interface JsonError {
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly found: string;
}

// oxlint-disable no-control-regex -- JSON allows none in a string
const SPACE = /[ \t\n\r]*/y;
const SCALAR =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** @param json that `JSON.parse` refused */
export function findJsonError(json: string): JsonError {
  const at = new Scanner(json).scan();
  const before = json.slice(0, at).split("\n");
  const codePoint = json.codePointAt(at);
  const found =
    codePoint === undefined ? "it ends too early" : `unexpected ${JSON.stringify(String.fromCodePoint(codePoint))}`;
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, found };
}

/** What may come next: `item` and `member` also the end of the list that has just begun. */
type Expected = "value" | "item" | "key" | "member" | "colon" | "rest" | "end";

/** Keeps a stack of its own: a text may be nested deeper than calls can be. */
class Scanner {
  readonly #json: string;
  #at = 0;
  #expected: Expected = "value";
  /** What closes the lists that are open. */
  readonly #open: string[] = [];

  constructor(json: string) {
    this.#json = json;
  }

  /** Place of the first character that cannot stand there. */
  scan(): number {
    do this.#skip(SPACE);
    while (this.#step());
    return this.#at;
  }

  #step(): boolean {
    switch (this.#expected) {
      case "value":
        return this.#value();
      case "item":
        return this.#close() || this.#value();
      case "key":
        return this.#key();
      case "member":
        return this.#close() || this.#key();
      case "colon":
        return this.#take(":", "value");
      case "rest":
        return this.#close() || this.#take(",", this.#open.at(-1) === "}" ? "key" : "value");
      case "end":
        return false;
    }
  }

  #value(): boolean {
    if (this.#take("[", "item")) return this.#open.push("]") > 0;
    if (this.#take("{", "member")) return this.#open.push("}") > 0;
    return this.#skip(SCALAR) && this.#ended();
  }

  #key(): boolean {
    if (this.#json[this.#at] !== '"' || !this.#skip(SCALAR)) return false;
    this.#expected = "colon";
    return true;
  }

  #close(): boolean {
    if (!this.#take(this.#open.at(-1) ?? "", "rest")) return false;
    this.#open.pop();
    return this.#ended();
  }

  #ended(): true {
    this.#expected = this.#open.length === 0 ? "end" : "rest";
    return true;
  }

  #take(character: string, next: Expected): boolean {
    if (this.#json[this.#at] !== character) return false;
    this.#at += 1;
    this.#expected = next;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#json);
    this.#at += match?.[0].length ?? 0;
    return match !== null;
  }
}

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
  const scanner = new Scanner(json);
  const at = scanner.value() && scanner.end() ? json.length : scanner.at;
  const before = json.slice(0, at).split("\n");
  const codePoint = json.codePointAt(at);
  const found =
    codePoint === undefined ? "it ends too early" : `unexpected ${JSON.stringify(String.fromCodePoint(codePoint))}`;
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, found };
}

/** Each method tells whether it found what it looks for; where not, `at` is the place. */
class Scanner {
  at = 0;
  readonly #json: string;

  constructor(json: string) {
    this.#json = json;
  }

  value(): boolean {
    this.#skip(SPACE);
    const next = this.#json[this.at];
    const found =
      next === "{"
        ? this.#list("}", () => this.#member())
        : next === "["
          ? this.#list("]", () => this.value())
          : this.#skip(SCALAR);
    this.#skip(SPACE);
    return found;
  }

  end(): boolean {
    return this.at === this.#json.length;
  }

  #list(close: string, item: () => boolean): boolean {
    this.at += 1;
    this.#skip(SPACE);
    if (this.#take(close)) return true;
    do if (!item()) return false;
    while (this.#take(","));
    return this.#take(close);
  }

  #member(): boolean {
    this.#skip(SPACE);
    if (this.#json[this.at] !== '"' || !this.#skip(SCALAR)) return false;
    this.#skip(SPACE);
    return this.#take(":") && this.value();
  }

  #take(character: string): boolean {
    if (this.#json[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#json);
    this.at += match?.[0].length ?? 0;
    return match !== null;
  }
}

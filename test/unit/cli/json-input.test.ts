import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson, readJson } from "../../../lib/cli/json-input.ts";
import { findJsonError } from "../../../lib/cli/json-position.ts";
import { fakeTerminal } from "./fake-terminal.ts";

describe("JSON that was typed", () => {
  it.each([
    ["hello", 1, 1, 'unexpected "h"'],
    ["", 1, 1, "it ends too early"],
    ['{"a":1', 1, 7, "it ends too early"],
    ['{"a":hello}', 1, 6, 'unexpected "h"'],
    ['{"a":1,}', 1, 8, 'unexpected "}"'],
    ["{'a':1}", 1, 2, `unexpected "'"`],
    ['{"a" 1}', 1, 6, 'unexpected "1"'],
    ["[1,2 3]", 1, 6, 'unexpected "3"'],
    ["[1,]", 1, 4, 'unexpected "]"'],
    ["01", 1, 2, 'unexpected "1"'],
    ['{"a":1} x', 1, 9, 'unexpected "x"'],
    ['{\n  "a": 1,\n  b: 2\n}', 3, 3, 'unexpected "b"'],
    ['"a\nb"', 1, 1, 'unexpected "\\""'],
    ["[😀]", 1, 2, 'unexpected "😀"'],
  ])("%j is refused with its place", (json, line, column, found) => {
    expect(findJsonError(json)).toEqual({ line, column, found });
    expect(() => parseJson(json, "--input")).toThrow(`--input is not JSON: line ${line}, column ${column}: ${found}`);
  });

  it("has a place within the text for whatever is not JSON", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 1 }), (json, at, inserted) => {
        const place = at % (json.length + 1);
        const text = json.slice(0, place) + inserted + json.slice(place);
        if (isJson(text)) return;
        const { line, column } = findJsonError(text);
        const offset =
          text
            .split("\n")
            .slice(0, line - 1)
            .join("\n").length +
          (line > 1 ? 1 : 0) +
          column -
          1;
        expect(offset).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it("comes from the argument, a file, or standard input", async () => {
    const terminal = fakeTerminal({ files: { "in.json": '{"from":"file"}' }, stdin: '{"from":"stdin"}' });
    await expect(readJson('{"a":1}', "--input", terminal)).resolves.toEqual({ a: 1 });
    await expect(readJson("@in.json", "--input", terminal)).resolves.toEqual({ from: "file" });
    await expect(readJson("-", "--input", terminal)).resolves.toEqual({ from: "stdin" });
    await expect(readJson(undefined, "--input", terminal)).resolves.toBeUndefined();
    await expect(readJson("@none.json", "--input", terminal)).rejects.toMatchObject({ code: "invalid_argument" });
    const bad = fakeTerminal({ stdin: "{" });
    await expect(readJson("-", "--input", bad)).rejects.toThrow("standard input is not JSON: line 1, column 2");
    expect(bad.stdin).toBeInstanceOf(Readable);
  });
});

describe("fault:C18 JSON from anywhere", () => {
  const everywhere = (text: string): (() => Promise<unknown>)[] => {
    const terminal = fakeTerminal({ files: { "in.json": text }, stdin: text });
    return [text, "@in.json", "-"].map((source) => () => readJson(source, "--input", terminal));
  };

  it("may begin with one byte order mark", async () => {
    for (const read of everywhere('\uFEFF{"a":"\uFEFF"}')) await expect(read()).resolves.toEqual({ a: "\uFEFF" });
    for (const read of everywhere("\uFEFF\uFEFF1")) await expect(read()).rejects.toThrow("line 1, column 1");
  });

  it.each([
    ["malformed", "[".repeat(200_000), "it ends too early"],
    ["malformed, with objects", '{"a":['.repeat(100_000), "it ends too early"],
    ["malformed at the end", `${"[".repeat(100_000)}${"]".repeat(99_999)}}`, 'unexpected "}"'],
    ["well-formed", "[".repeat(200_000) + "]".repeat(200_000), "nested deeper than 500 levels"],
  ])("may be nested as deeply as anything: %s", async (_title, text, said) => {
    for (const read of everywhere(text)) {
      const error: unknown = await read().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "invalid_argument", message: expect.stringContaining(said) });
      expect(String(error).length).toBeLessThan(400);
    }
  });

  it("is told by a short piece where it is long", () => {
    const json = `{"long":"${"x".repeat(1_000)}",oops}`;
    expect(() => parseJson(json, "--input")).toThrow(/^[^\n]*\n {2}x+",oops\}\n {62}\^$/);
  });

  it("is text in UTF-8", async () => {
    const terminal = { ...fakeTerminal(), stdin: Readable.from([Buffer.from([0x22, 0xff, 0x22])]) };
    await expect(readJson("-", "--input", terminal)).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

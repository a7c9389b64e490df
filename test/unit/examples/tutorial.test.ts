/** The tutorial shows the files that it names, and what they print. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { run, start } from "../cli/spawn.ts";
import { temporaryFolder } from "../cli/fake-terminal.ts";

// Every test starts processes.
vi.setConfig({ testTimeout: 60_000 });

const root = path.resolve(import.meta.dirname, "../../..");
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");
const tutorial = read("docs/tutorial.md");

interface Section {
  readonly title: string;
  readonly code: string;
  readonly command: readonly string[];
  readonly printed: readonly string[];
}

const block = (language: string, text: string): string =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(text)?.[1] ?? "";

/** The words of a command, as a shell parts them. */
function wordsOf(command: string): string[] {
  return Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? "");
}

const sections: readonly Section[] = tutorial
  .split(/^## /m)
  .filter((text) => /^\d\./.test(text))
  .map((text) => {
    const [first = "", ...printed] = block("console", text).trimEnd().split("\n");
    const command = first === "" ? block("sh", text) : first;
    const [, words = ""] = /npx treeline (run .*)/.exec(command) ?? [];
    return { title: text.split("\n")[0] ?? "", code: block("ts", text), command: wordsOf(words), printed };
  });

/** Durations differ from run to run, and so does the order of children that run at once. */
function comparable(lines: readonly string[]): string[] {
  return lines.map((line) => line.replaceAll(/\d+(\.\d+)?(ms|s)\b/g, "…")).toSorted();
}

describe("the tutorial", () => {
  it("has a section for every file of examples/tutorial", () => {
    const files = fs.readdirSync(path.join(root, "examples/tutorial")).map((file) => `examples/tutorial/${file}`);
    expect(sections.map(({ command }) => command[1])).toEqual(files.toSorted());
  });

  it.each(sections)("$title shows the code of its file", ({ code, command }) => {
    expect(code).toBe(read(command[1] ?? ""));
  });

  it.each(sections.filter(({ printed }) => printed.length > 0))(
    "$title prints what it says",
    async ({ command, printed }) => {
      const { code, out, err } = await run(root, [...command, "--file", path.join(temporaryFolder(), "tutorial.db")]);
      expect(code).toBe(0);
      const lines = comparable(`${err}${out}`.trimEnd().split("\n"));
      expect(lines).toEqual(expect.arrayContaining(comparable(printed)));
    },
  );

  it("waits for a signal from another terminal, and ends with it", async () => {
    const file = path.join(temporaryFolder(), "tutorial.db");
    const { command } = sections.at(-1)!;
    const { ended, printed } = start(root, [...command, "--file", file]);
    await printed("waits for decision");
    const [, signal = ""] = /npx treeline (signal .*)/.exec(tutorial) ?? [];
    expect((await run(root, [...wordsOf(signal), "--file", file])).code).toBe(0);
    expect((await ended).out.trimEnd().split("\n").at(-1)).toBe("bought, approved by Ada");
  });
});

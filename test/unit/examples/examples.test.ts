/** Every example runs by the command that stands in it, and the README's example is what it says and prints. */
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { run, start, type Ended } from "../cli/spawn.ts";
import { temporaryFolder } from "../cli/fake-terminal.ts";

// Every test starts processes.
vi.setConfig({ testTimeout: 60_000 });

const root = path.resolve(import.meta.dirname, "../../..");
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");

/** The words of the first `npx treeline run …` of a text, as a shell would part them. */
function commandIn(text: string): string[] {
  const [, command = ""] = /npx treeline (run .*)$/m.exec(text) ?? [];
  return Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? "");
}

function database(): string {
  return path.join(temporaryFolder(), "examples.db");
}

/** From the folder of the repository, as the commands have it. */
function runAs(command: readonly string[], file = database()): Promise<Ended> {
  return run(root, [...command, "--file", file]);
}

const lines = (text: string): string[] =>
  text
    .replaceAll(/\d+(\.\d+)?(ms|s)\b/g, "…")
    .trimEnd()
    .split("\n");

type Outcome = readonly [out: unknown, told: readonly string[]];

/** What each prints, and some of what it tells meanwhile. */
const outcomes: Readonly<Record<string, Outcome>> = {
  "parent-child.ts": ["Parent got: processed:hello", ["  ✔ child_workflow succeeded in …"]],
  "fire-and-forget.ts": [
    { orderId: "A-17", receiptExecution: expect.stringMatching(/^[a-z0-9-]+$/) },
    ["✔ take_order succeeded in …", "  ✔ send_receipt succeeded in …"],
  ],
  "fan-out.ts": [
    { resized: 11, damaged: [7], ended: "ALL_COMPLETED" },
    ["  ✖ resize failed in …: StepError: step resize failed: image 7 is damaged"],
  ],
  "triggered.ts": ["thank you for A-17", ["✔ welcome succeeded in …"]],
  "parent-close-policy.ts": ["the parent ends now; see what its children do", ["  ✔ abandoned succeeded in …"]],
};

/** Tested in test/unit/plugins and test/infra. */
const elsewhere = ["tracing.ts", "index.ts", "state-machine", "tutorial", "how-to", "changing"];

describe("an example", () => {
  it.each(Object.entries(outcomes))(
    "%s does what it says, by the command that stands in it",
    async (name, [out, told]) => {
      const command = commandIn(read(`examples/${name}`));
      expect(command.slice(0, 2)).toEqual(["run", `examples/${name}`]);
      const ended = await runAs(command);
      expect(ended.code).toBe(0);
      expect(typeof out === "string" ? ended.out.trimEnd() : JSON.parse(ended.out)).toEqual(out);
      expect(lines(ended.err)).toEqual(expect.arrayContaining([...told]));
    },
  );

  it("approval.ts waits for a person and for a supplier, in another terminal", async () => {
    const file = database();
    const command = commandIn(read("examples/approval.ts"));
    const { ended, printed } = start(root, [...command, "--file", file]);
    await printed("approval waits for decision");
    const [approval] = await json<{ executions: { id: string; workflow: string }[] }>(
      file,
      "list",
      "--workflow",
      "approval",
    ).then(({ executions }) => executions);
    const decide = ["signal", approval?.id ?? "", "decision", '{"approved":true,"by":"Ada"}'];
    expect(read("examples/approval.ts")).toContain(`npx treeline signal <id of approval> ${decide[2]} '${decide[3]}'`);
    expect((await runAs(decide, file)).code).toBe(0);
    await printed("ordered laptop");
    const [wait] = await json<{ callbackId?: string }[]>(file, "pending", approval?.id.split("-")[0] ?? "").then(
      (waits) => waits.filter(({ callbackId }) => callbackId !== undefined),
    );
    const answer = ["callback", wait?.callbackId ?? "", "--succeed", '{"trackingNumber":"T-1"}'];
    expect((await runAs(answer, file)).code).toBe(0);
    const { code, out } = await ended;
    expect([code, lines(out).at(-1)]).toEqual([0, "laptop: on its way, T-1"]);
  });

  it("demo.ts shows its tree and ends, by npm run demo", async () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
    const [program, ...args] = scripts["demo"]?.split(" ") ?? [];
    expect(program).toBe("node");
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(stdout).toContain("42 € charged");
    expect(lines(stdout)).toEqual(expect.arrayContaining(["  ✔ send_receipt, detached succeeded in …"]));
  });

  it("is never forgotten here", () => {
    const tested = [...Object.keys(outcomes), "approval.ts", "demo.ts", ...elsewhere];
    expect(fs.readdirSync(path.join(root, "examples")).toSorted()).toEqual(tested.toSorted());
  });
});

describe("the README", () => {
  const readme = read("README.md");
  const blocks = (language: string): string[] =>
    Array.from(readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)).flatMap(([, name, text = ""]) =>
      name === language ? [text] : [],
    );
  const [printed = ""] = blocks("console");
  const expected = printed.split("\n").slice(1, -1);

  /** In the project, so that its imports mean what they mean to an example. */
  function snippets(): { folder: string; files: string[] } {
    const folder = fs.mkdtempSync(path.join(import.meta.dirname, "readme-"));
    onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
    const files = blocks("ts").map((text, index) => {
      const file = path.join(folder, `snippet-${index}.ts`);
      fs.writeFileSync(file, text);
      return file;
    });
    return { folder, files };
  }

  it("has TypeScript that typechecks as strictly as the project", async () => {
    const { folder, files } = snippets();
    expect(files.length).toBeGreaterThan(0);
    fs.writeFileSync(
      path.join(folder, "tsconfig.json"),
      JSON.stringify({ extends: path.join(root, "tsconfig.json"), include: ["*.ts"] }),
    );
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    await expect(promisify(execFile)(process.execPath, [tsc, "-p", folder], { cwd: root })).resolves.toMatchObject({
      stdout: "",
    });
  });

  it("shows code that prints what it says, as the example it names does", async () => {
    const { files } = snippets();
    const command = commandIn(printed);
    const [snippet = ""] = files;
    for (const file of [command[1] ?? "", snippet]) {
      const { code, out, err } = await runAs([command[0] ?? "", file, ...command.slice(2)]);
      expect(code).toBe(0);
      expect(lines(err + out)).toEqual(lines(expected.join("\n")));
    }
  });

  it("names commands and scripts that are there", async () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
    const named = Array.from(readme.matchAll(/npm run (\w+)/g), ([, name = ""]) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    const { out: help } = await run(root, ["--help"]);
    const commands = blocks("sh")
      .join("\n")
      .matchAll(/(?:npx treeline|\|) ([a-z]+)/g);
    const missing = Array.from(commands, ([, name = ""]) => name).filter(
      (name) => !new RegExp(`^  ${name}\\b`, "m").test(help),
    );
    expect(missing).toEqual([]);
  });
});

async function json<T>(file: string, ...command: readonly string[]): Promise<T> {
  const { code, out, err } = await runAs([...command, "--json"], file);
  if (code !== 0) throw new Error(err);
  return JSON.parse(out) as T;
}

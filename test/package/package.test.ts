/**
 * What a user has: `npm pack`, `npm i` of the tarball in an empty folder, with the machine's own Node (20 or newer),
 * then a four-line workflow that typechecks against the installed types and runs through `npx treeline run`.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const tsc = path.join(root, "node_modules/typescript/bin/tsc");

const WORKFLOW = `
import { workflow } from "treeline";

export const hello = workflow({ name: "hello" }, async (ctx) => {
  return await ctx.step("greet", async () => "hello from an installed package");
});
`;

const MISUSE = `
import { workflow } from "treeline";

export const hello = workflow({ name: "hello" }, async (ctx) => await ctx.noSuchOperation());
`;

describe("the package, installed in an empty folder", () => {
  let folder: string;
  const installed = (...names: string[]): string => path.join(folder, "node_modules/treeline", ...names);
  const typecheck = async (file: string): Promise<string> =>
    (await run(process.execPath, [tsc, ...STRICT, file], folder)).stdout;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "treeline-package-"));
    await run("npm", ["pack", "--pack-destination", folder], root);
    const tarballs = (await readdir(folder)).map((name) => `./${name}`);
    await run("npm", ["install", ...tarballs], folder);
    await writeFile(path.join(folder, "wf.ts"), WORKFLOW);
    await writeFile(path.join(folder, "misuse.ts"), MISUSE);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("holds what was built, the shim, README and LICENSE, and nothing else", async () => {
    const top = await readdir(installed());
    expect(top.toSorted(byName)).toEqual(["LICENSE", "README.md", "bin", "dist", "package.json"]);
    const built = await readdir(installed("dist"), { recursive: true });
    expect(built.filter((file) => path.extname(file) !== "" && !/\.(js|js\.map|d\.ts)$/.test(file))).toEqual([]);
  });

  it("keeps what its package.json promises", async () => {
    const { messages, pkg } = await publint({ pkgDir: installed(), strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it("typechecks a four-line workflow, checking the installed types too", async () => {
    await expect(typecheck("wf.ts")).resolves.toBe("");
  });

  it("typechecks a call that does not exist as an error", async () => {
    await expect(typecheck("misuse.ts")).rejects.toThrow("noSuchOperation");
  });

  it("has the test kit under treeline/testing", async () => {
    await writeFile(
      path.join(folder, "kit.ts"),
      `import * as kit from "treeline/testing";\nexport const names = Object.keys(kit);\n`,
    );
    await expect(typecheck("kit.ts")).resolves.toBe("");
  });

  it("runs that workflow and prints its result", async () => {
    const { stdout, stderr } = await run("npx", ["treeline", "run", "wf.ts"], folder);
    expect(stdout).toContain("hello from an installed package");
    expect(stderr).not.toContain("Warning");
  });

  it("ends with a failure's exit code when there is nothing to run", async () => {
    await expect(run("npx", ["treeline", "run", "no-such-file.ts"], folder)).rejects.toMatchObject({
      code: expect.any(Number),
    });
  });

  it("names nothing of the machine that built it", async () => {
    const files = await readdir(installed("dist"), { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(path.join(file.parentPath, file.name), "utf8")),
    );
    expect(texts.filter((text) => text.includes(root))).toEqual([]);
  });
});

/** Without `skipLibCheck` and without `@types/node`: the installed types have to hold on their own. */
const STRICT = ["--noEmit", "--strict", "--module", "nodenext", "--target", "esnext", "--ignoreConfig"];

/** Runs a command as a user would: with the machine's Node, and without what `npm run` put into the environment. */
async function run(command: string, args: string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
  try {
    return await promisify(execFile)(command, args, { cwd, env: userEnvironment() });
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    throw Object.assign(new Error(`${command} ${args.join(" ")} failed\n${stdout}${stderr}`), { code });
  }
}

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

function userEnvironment(): NodeJS.ProcessEnv {
  const ofThisRun = /^(npm_(?!config_)|npm_config_local_prefix$|NODE_|VITEST|INIT_CWD$)/i;
  const own = Object.entries(process.env).filter(([name]) => !ofThisRun.test(name));
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const PATH = folders.filter((folder) => !folder.includes("node_modules")).join(path.delimiter);
  return { ...Object.fromEntries(own), PATH };
}

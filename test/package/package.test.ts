/**
 * What a user has: `npm pack`, `npm i` of the tarball in an empty folder, with the machine's own Node (20 or newer),
 * then a four-line workflow that typechecks against the installed types and runs through `npx treeline run`.
 */
import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installConstruct, installPackage, removePackage } from "../helpers/installed-package.ts";
import { run } from "../helpers/user-command.ts";

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

/** An app of a user's own, in the JavaScript that any Node can run. */
const APP = `
import { App, Stack } from "aws-cdk-lib";
import { Treeline } from "treeline/cdk";

const app = new App({ outdir: "cdk.out" });
const stack = new Stack(app, "Shop", { env: { account: "000000000000", region: "us-east-1" } });
new Treeline(stack, "Treeline", { workflows: "wf.ts" });
app.synth();
`;

describe("the package, installed in an empty folder", () => {
  let folder: string;
  const installed = (...names: string[]): string => path.join(folder, "node_modules/treeline", ...names);
  const typecheck = async (file: string): Promise<string> =>
    (await run(process.execPath, [tsc, ...STRICT, file], folder)).stdout;

  beforeAll(async () => {
    folder = await installPackage();
    await writeFile(path.join(folder, "wf.ts"), WORKFLOW);
    await writeFile(path.join(folder, "misuse.ts"), MISUSE);
  });

  afterAll(async () => {
    await removePackage(folder);
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

  it("places its construct in an app of the user's own: workflows bundled, a template to deploy", async () => {
    await installConstruct(folder);
    await writeFile(path.join(folder, "app.mjs"), APP);
    await run("node", ["app.mjs"], folder);
    const template = JSON.parse(await readFile(path.join(folder, "cdk.out/Shop.template.json"), "utf8")) as Template;
    const types = Object.values(template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === "AWS::Lambda::Function")).toHaveLength(8);
    const assets = (await readdir(path.join(folder, "cdk.out"))).filter((name) => name.startsWith("asset."));
    const bundles = await Promise.all(
      assets.map((asset) => readFile(path.join(folder, "cdk.out", asset, "index.mjs"), "utf8")),
    );
    const withWorkflows = bundles.filter((bundle) => bundle.includes("hello from an installed package"));
    expect(withWorkflows).toHaveLength(4); // executor, api, start, trigger; those that clear up run none
    expect(bundles.join()).not.toContain('treeline-workflows"');
  });

  it("typechecks that app", async () => {
    await writeFile(path.join(folder, "app.mts"), APP.replace('"wf.ts"', "42"));
    await expect(run(process.execPath, [tsc, ...STRICT, "--skipLibCheck", "app.mts"], folder)).rejects.toThrow(
      "Type 'number' is not assignable to type 'string'",
    );
  });

  it("names nothing of the machine that built it", async () => {
    const files = await readdir(installed("dist"), { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(path.join(file.parentPath, file.name), "utf8")),
    );
    expect(texts.filter((text) => text.includes(root))).toEqual([]);
  });
});

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
}

/** Without `skipLibCheck` and without `@types/node`: the installed types have to hold on their own. */
const STRICT = ["--noEmit", "--strict", "--module", "nodenext", "--target", "esnext", "--ignoreConfig"];

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

/**
 * What a user has: `npm pack`, `npm i` of the tarball in a project as `npm init -y` makes it, on Node 24; then a
 * four-line workflow that typechecks against the installed types and runs through `npx treeline run`. And what the
 * same installation does on an older Node.
 */
import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installConstruct, installPackage, removePackage } from "../helpers/installed-package.ts";
import { createApi } from "../../lib/api/api.ts";
import { serveApi } from "../../lib/api/node-server.ts";
import { workflow } from "../../lib/frontends/code/workflow.ts";
import { openEngine } from "../../lib/homes/embedded/engine.ts";
import { olderNode, run } from "../helpers/user-command.ts";

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

/** A folder with another Node, where this machine has one. */
const OLDER = olderNode();

const IMPORTS = `
import { openEngine, workflow } from "treeline";
import { createTestEngine } from "treeline/testing";

const w = workflow({ name: "w" }, (ctx) => ctx.step("s", () => 1));
const refused = (error) => [error.code, error.message];
console.log(JSON.stringify([await openEngine().catch(refused), await createTestEngine({ workflows: [w] }).catch(refused)]));
`;

const REMOTE = `
import { createRemoteClient } from "treeline";

const client = createRemoteClient({ url: process.argv[2] });
const handle = await client.start("double", 21);
const result = await handle.result();
const types = [];
for await (const { type } of client.events(handle.executionId, { follow: true })) types.push(type);
const { executions } = await client.list();
const refused = await client.start("none", 1).catch(({ code }) => code);
console.log(JSON.stringify({ result, listed: executions.length, last: types.at(-1), refused }));
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
    expect(await readdir(installed("bin"))).toEqual(["treeline.mjs"]);
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

  it("D35: brings no Node", async () => {
    expect(await readdir(path.join(folder, "node_modules"))).not.toContain("node");
  });

  it("fault:A9 runs the first example of the README", async () => {
    const readme = await readFile(path.join(root, "README.md"), "utf8");
    const [, example = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
    await writeFile(path.join(folder, "first.ts"), example);
    const { stdout, stderr } = await run("npx", ["treeline", "run", "first.ts", "--input", '{"data":"hello"}'], folder);
    expect(stdout).toBe("Parent got: processed:hello\n");
    expect(stderr).not.toContain("Warning");
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

  it("fault:A10 imports without node:sqlite, and says how to get an engine", async () => {
    await writeFile(path.join(folder, "imports.mjs"), IMPORTS);
    const { stdout } = await run("node", ["--no-experimental-sqlite", "imports.mjs"], folder);
    expect(JSON.parse(stdout)).toEqual(Array(2).fill(refusal("an engine needs node:sqlite, which")));
    const list = run("npx", ["--node-options=--no-experimental-sqlite", "treeline", "list", "--file", "wf.ts"], folder);
    await expect(list).rejects.toMatchObject({ code: 4, stderr: expect.stringMatching(/^an engine needs [^\n]*\n$/) });
  });

  describe.runIf(OLDER !== undefined)("on an older Node", () => {
    const onOlder = (command: string, ...args: string[]): ReturnType<typeof run> => run(command, args, folder, OLDER);

    it("fault:A10 imports, and says how to get an engine", async () => {
      await writeFile(path.join(folder, "imports.mjs"), IMPORTS);
      const { stdout } = await onOlder("node", "imports.mjs");
      expect(JSON.parse(stdout)).toEqual(Array(2).fill(refusal("an engine needs Node 24 or newer and this is Node 2")));
    });

    it("fault:A10 has the remote client", async () => {
      const double = workflow({ name: "double" }, (ctx, n: number) => ctx.step("double", () => 2 * n));
      const client = await openEngine({ file: ":memory:", workflows: [double] });
      const app = createApi({ client, workflows: [double], streaming: true, log: () => {} });
      const server = await serveApi({ app, host: "127.0.0.1", port: 0 });
      try {
        await writeFile(path.join(folder, "remote.mjs"), REMOTE);
        const { stdout } = await onOlder("node", "remote.mjs", server.url);
        expect(JSON.parse(stdout)).toEqual({
          result: 42,
          listed: 1,
          last: "execution.succeeded",
          refused: "workflow_unknown",
        });
      } finally {
        await server.close();
        await client.close();
      }
    });

    it("D35: says in one sentence which Node the command line needs", async () => {
      const said = /treeline needs Node 24 or newer and this is Node 2\d\.[\d.]+: run it on a newer Node/;
      const code = 4;
      await expect(onOlder("npx", "treeline", "run", "wf.ts")).rejects.toMatchObject({
        code,
        stdout: "",
        stderr: expect.stringMatching(new RegExp(`^${said.source}\n$`)),
      });
      await expect(onOlder("npx", "treeline", "list", "--json")).rejects.toMatchObject({
        code,
        stdout: expect.stringMatching(said),
        stderr: "",
      });
    });

    it("D35: says in one sentence which Node the construct needs", async () => {
      await writeFile(path.join(folder, "app.mjs"), APP);
      const said = await onOlder("node", "app.mjs").catch((error: unknown) => error);
      expect(said).toMatchObject({ stderr: expect.stringContaining("treeline/cdk needs Node 24 or newer") });
      expect(said).not.toMatchObject({ stderr: expect.stringMatching(/^ +at /m) });
    });
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

/** What a program gets that wants an engine where there can be none. */
function refusal(begins: string): unknown {
  return ["node_unsupported", expect.stringMatching(new RegExp(`^${begins}[^\n]*$`))];
}

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
}

/** Without `skipLibCheck` and without `@types/node`: the installed types have to hold on their own. */
const STRICT = ["--noEmit", "--strict", "--module", "nodenext", "--target", "esnext", "--ignoreConfig"];

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

/** What needs no engine imports without SQLite. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");

/** In a Node that was started without node:sqlite, as old ones are. */
async function withoutSqlite(code: string): Promise<unknown> {
  const flags = ["--no-experimental-sqlite", "--conditions=treeline-source", "--input-type=module"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--eval", code], { cwd: root });
  return JSON.parse(stdout) as unknown;
}

describe("fault:A10 a Node without node:sqlite", { timeout: 30_000 }, () => {
  it("has definitions and the remote client", async () => {
    const code = `import { createRemoteClient, workflow } from "treeline";
      const { name } = workflow({ name: "w" }, () => 1);
      console.log(JSON.stringify([name, typeof createRemoteClient({ url: "http://127.0.0.1:1" }).start]));`;
    await expect(withoutSqlite(code)).resolves.toEqual(["w", "function"]);
  });

  it.each([
    ["openEngine", `import { openEngine as open } from "treeline";`],
    ["createTestEngine", `import { createTestEngine as open } from "treeline/testing";`],
  ])("gets a sentence from %s", async (_name, imported) => {
    const code = `${imported}
      const error = await open({ workflows: [] }).catch((thrown) => thrown);
      console.log(JSON.stringify([error.code, error.stack]));`;
    const sentence = expect.stringMatching(/^TreelineError: an engine needs node:sqlite, which [^\n]*$/);
    await expect(withoutSqlite(code)).resolves.toEqual(["node_unsupported", sentence]);
  });
});

/** An empty folder in which a user has installed the packed package, and beside it what the CDK construct wants. */
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "./user-command.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** Linked here, since it is big. */
const BESIDE = ["aws-cdk-lib", "constructs", "esbuild"];

export async function installPackage(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "treeline-package-"));
  await run("npm", ["pack", "--pack-destination", folder], root);
  const tarballs = (await readdir(folder)).map((name) => `./${name}`);
  // As `npm init -y` of npm 11 writes it.
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ name: "shop", type: "commonjs" }));
  await run("npm", ["install", ...tarballs], folder);
  return folder;
}

/** Not earlier than it is needed: npm would take what it did not install for its own. */
export async function installConstruct(folder: string): Promise<void> {
  for (const name of BESIDE) {
    await symlink(path.join(root, "node_modules", name), path.join(folder, "node_modules", name));
  }
}

export async function removePackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

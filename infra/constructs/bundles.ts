/** The functions, bundled with the user's module: all in one run of esbuild, in this process. */
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { Stack, Stage } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { buildSync } from "esbuild";
import { WORKFLOWS_MODULE } from "../../lib/homes/aws/env.ts";

/** In the repository the sources, in an installed package what was built from them: like this very file. */
const EXTENSION = path.extname(import.meta.filename);
const FUNCTIONS = path.resolve(import.meta.dirname, "../../functions");
const ENTRIES = ["executor", "api", "start", "trigger", "sweep", "prune", "dead-letter"] as const;

export type Entry = (typeof ENTRIES)[number];

/** Packages of the AWS SDK are CommonJS and ask for `require`, which an ES module does not have. */
const REQUIRE =
  'import { createRequire as treelineRequire } from "node:module"; const require = treelineRequire(import.meta.url);';

/**
 * Bundles for as long as `use` runs, which hands the code to its functions; then it is in the cloud assembly.
 * Where CDK wants no bundles (`cdk destroy`, `cdk ls`) there are none.
 */
export function withBundles<T>(scope: Construct, workflows: string, use: (code: (entry: Entry) => Code) => T): T {
  if (!Stack.of(scope).bundlingRequired) return use(() => Code.fromAsset(FUNCTIONS));
  // Within the assembly, so that paths in source maps, and the hashes that follow from them, are alike everywhere.
  const folder = path.join(Stage.of(scope)?.outdir ?? ".", `treeline-${scope.node.addr}`);
  mkdirSync(folder, { recursive: true });
  try {
    bundle(
      workflows,
      folder,
      Object.fromEntries(ENTRIES.map((entry) => [`${entry}/index`, path.join(FUNCTIONS, `${entry}${EXTENSION}`)])),
    );
    return use((entry) => Code.fromAsset(path.join(folder, entry)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param entries sources by the names of what becomes of them in `folder`, without the extension `.mjs` */
export function bundle(workflows: string, folder: string, entries: Readonly<Record<string, string>>): void {
  buildSync({
    entryPoints: { ...entries },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    mainFields: ["module", "main"],
    alias: { [WORKFLOWS_MODULE]: workflows },
    banner: { js: REQUIRE },
    sourcemap: true,
    sourcesContent: false,
    logLevel: "warning",
    ...(EXTENSION === ".ts" ? { conditions: ["treeline-source"] } : undefined),
  });
}

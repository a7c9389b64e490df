#!/usr/bin/env node
// Starts the command line: in the repository from the sources, in an installed package from what was built. Plain
// JavaScript that an old Node can read, so that it can say which Node is needed.
import { existsSync } from "node:fs";

const NEEDED_MAJOR = 24;
const source = new URL("../lib/cli/main.ts", import.meta.url);
const built = new URL("../dist/lib/cli/main.js", import.meta.url);
// In the repository `import "treeline"` has to mean the sources that the command line itself runs on.
const CONDITION = "--conditions=treeline-source";

const fromSource = existsSync(source);
const isOld = Number.parseInt(process.versions.node, 10) < NEEDED_MAJOR;

if (fromSource && (isOld || !process.execArgv.includes(CONDITION))) {
  const { runAgain } = await import("./run-again.mjs");
  runAgain({ isOld, condition: CONDITION });
} else if (isOld) {
  refuse();
} else {
  if (fromSource) (await import("./run-again.mjs")).endWithLauncher();
  await import((fromSource ? source : built).href);
}

function refuse() {
  const message = `treeline needs Node ${NEEDED_MAJOR} or newer and this is Node ${process.versions.node}: run it on a newer Node`;
  const error = { type: "TreelineError", message, code: "node_unsupported" };
  if (process.argv.includes("--json")) console.log(JSON.stringify({ error }));
  else console.error(message);
  process.exitCode = 4;
}

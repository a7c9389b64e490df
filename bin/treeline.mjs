#!/usr/bin/env node
// Starts the command line on Node 24 or newer, whatever Node the user has: the npm package `node`, which treeline
// depends on, brings one. Plain JavaScript that Node 20 can read. In the repository it runs the sources, in an
// installed package what was built from them.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED_MAJOR = 24;
const self = fileURLToPath(import.meta.url);
const source = new URL("../lib/cli/main.ts", import.meta.url);
const built = new URL("../dist/lib/cli/main.js", import.meta.url);
const fromSource = existsSync(source);

// In the repository `import "treeline"` has to mean the sources that the command line itself runs on.
const flags = fromSource ? ["--conditions=treeline-source"] : [];

if (majorOf(process.versions.node) < NEEDED_MAJOR) {
  runAgain(nodeFromPackage());
} else if (flags.some((flag) => !process.execArgv.includes(flag))) {
  runAgain(process.execPath);
} else {
  await import((fromSource ? source : built).href);
}

/** @param {string} version */
function majorOf(version) {
  return Number.parseInt(version, 10);
}

/** The Node binary of the npm package `node`, wherever npm has put it. */
function nodeFromPackage() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node/package.json");
    const { bin, version } = JSON.parse(readFileSync(manifest, "utf8"));
    const binary = path.resolve(path.dirname(manifest), bin.node);
    if (majorOf(version) >= NEEDED_MAJOR && existsSync(binary)) return binary;
  } catch {
    // not installed: said below
  }
  console.error(
    `treeline needs Node ${NEEDED_MAJOR} or newer and this is Node ${process.versions.node}. The npm package "node", ` +
      `which brings one, has no binary here; its install script may have been skipped.\n` +
      `Run "npm rebuild node" (where npm blocks install scripts, "npm approve-scripts node" before it), ` +
      `or install Node ${NEEDED_MAJOR}.`,
  );
  return process.exit(1);
}

/**
 * Runs this file again and ends as the second process ends.
 * @param {string} node
 */
function runAgain(node) {
  const child = spawn(node, [...process.execArgv, ...flags, self, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both processes already, and Windows has no other signals to pass on: the second
  // process must not hear it twice, since twice means "at once".
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  /** @type {NodeJS.Signals[]} */
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];
  for (const signal of signals) {
    if (process.platform === "win32" && (signal === "SIGQUIT" || signal === "SIGUSR2")) continue;
    const heardAlready = process.platform === "win32" || (signal === "SIGINT" && terminal);
    process.on(signal, () => heardAlready || child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`treeline could not start ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

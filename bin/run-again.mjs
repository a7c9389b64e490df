// Only in the repository: a second process, on the Node that its development dependency `node` brings, and with the
// condition that makes `import "treeline"` mean the sources. An installed package has one process.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Tells the second process which of its file descriptors ends with the first. */
const LIFELINE = "TREELINE_LIFELINE";
const LIFELINE_FD = 3;
/** What the second process takes to close, at most, when the first has died. */
const CLOSING_MS = 1_500;

/**
 * Runs the command line in a second process and ends as that ends.
 * @param {{ isOld: boolean, condition: string }} options
 */
export function runAgain({ isOld, condition }) {
  const node = isOld ? nodeFromPackage() : process.execPath;
  const command = fileURLToPath(new URL("treeline.mjs", import.meta.url));
  const child = spawn(node, [...process.execArgv, condition, command, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...process.env, [LIFELINE]: String(LIFELINE_FD) },
  });
  passSignals(child);
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

/** In the second process: closes when the first is gone, however it died. A pipe tells, since no signal does. */
export function endWithLauncher() {
  const fd = process.env[LIFELINE];
  delete process.env[LIFELINE];
  if (fd === undefined) return;
  const lifeline = new Socket({ fd: Number(fd), readable: true, writable: false });
  lifeline.on("error", () => {}).on("close", close);
  lifeline.unref().resume();
}

function close() {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.exit(143), CLOSING_MS).unref();
}

/** @param {import("node:child_process").ChildProcess} child */
function passSignals(child) {
  // A terminal sends Ctrl-C to both processes already, and Windows has no other signals to pass on: the second
  // process must not get it twice, since twice means "at once".
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  /** @type {NodeJS.Signals[]} */
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];
  for (const signal of signals) {
    if (process.platform === "win32" && (signal === "SIGQUIT" || signal === "SIGUSR2")) continue;
    const isSent = process.platform === "win32" || (signal === "SIGINT" && terminal);
    process.on(signal, () => isSent || child.kill(signal));
  }
}

/** The Node binary of the npm package `node`, wherever npm has put it. */
function nodeFromPackage() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node/package.json");
    const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
    const binary = path.resolve(path.dirname(manifest), bin.node);
    if (existsSync(binary)) return binary;
  } catch {
    // not installed: said below
  }
  console.error(
    `The repository runs on the Node of its development dependency "node", which is not here. Run "npm ci"; ` +
      `where install scripts were skipped, "npm rebuild node" (and "npm approve-scripts node" before it).`,
  );
  return process.exit(1);
}

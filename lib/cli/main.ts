/** `treeline <command>`; run by bin/treeline.mjs. */
import { enableCompileCache } from "node:module";
import { hideNodeWarnings } from "./node-warnings.ts";

/** For what keeps the process alive when the work is done: a workflow's open connection, for one. */
const GRACE_MS = 500;

// Before everything else is loaded: the second start takes half the time of the first.
enableCompileCache();
hideNodeWarnings();
const [{ runCommandLine }, { processTerminal }] = await Promise.all([
  import("./command-line.ts"),
  import("./terminal.ts"),
]);

const terminal = processTerminal();
// A reader that has seen enough (`| head`) is no failure.
terminal.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await runCommandLine(process.argv.slice(2), terminal);
setTimeout(() => process.exit(), GRACE_MS).unref();

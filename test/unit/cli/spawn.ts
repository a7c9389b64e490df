/** The command line as its user has it: another process, started through the shim. */
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { CHANGE_VARIABLE } from "../../mutation/change-from-env.ts";
import { temporaryFolder } from "./fake-terminal.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const shim = path.join(root, "bin/treeline.mjs");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when this was printed, on either stream. */
  printed(text: string): Promise<void>;
  /** What was printed so far, on both streams. */
  text(): string;
}

/** A workflow of three steps that take their time. */
export const SLOW = `
import { workflow } from "treeline";
import { setTimeout as sleep } from "node:timers/promises";
export const slow = workflow({ name: "slow" }, async (ctx, input) => {
  for (const n of [1, 2, 3]) await ctx.step("tick " + n, async () => { console.log("tick", n); await sleep(input?.ms ?? 300); });
  return "slow is done";
});
`;

/** A folder outside of every package, with these files. */
export function projectFolder(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  return folder;
}

export function example(name: string): string {
  return path.join(root, "examples", name);
}

type Env = Readonly<Record<string, string>>;

export function start(cwd: string, args: readonly string[], stdin?: string, added?: Env): Running {
  // The condition spares the shim a second process, which signals would have to be passed on to.
  return startShim(["--conditions=treeline-source"], cwd, args, stdin, added);
}

/** With the second process that the shim starts in the repository. Its child is the launcher. */
export function startWithLauncher(cwd: string, args: readonly string[]): Running {
  return startShim([], cwd, args);
}

function startShim(
  flags: readonly string[],
  cwd: string,
  args: readonly string[],
  stdin?: string,
  added: Env = {},
): Running {
  const { NODE_OPTIONS: options, FORCE_COLOR: _color, ...inherited } = process.env;
  // What `npm run mutate` breaks has to be broken in these processes, too.
  const broken = inherited[CHANGE_VARIABLE] === undefined ? {} : { NODE_OPTIONS: options };
  const env = { ...inherited, ...broken, ...added };
  const child = spawn(process.execPath, [...flags, shim, ...args], { cwd, env, detached: true });
  onTestFinished(() => endGroup(child));
  child.stdin.end(stdin);
  const text = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => void (text.out += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => void (text.err += chunk));
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, ...text })));
  const printed = async (wanted: string): Promise<void> => {
    while (!(text.out + text.err).includes(wanted)) {
      if (child.exitCode !== null) throw new Error(`ended without printing ${wanted}:\n${text.out}${text.err}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, ended, printed, text: () => text.out + text.err };
}

/** A second process that has lost its launcher, too. */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // all of them have ended
  }
}

export function run(cwd: string, args: readonly string[], stdin?: string, added?: Env): Promise<Ended> {
  return start(cwd, args, stdin, added).ended;
}

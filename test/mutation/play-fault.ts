/** Plays the tests of one fault against broken code, in a process of their own. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { CHANGE_VARIABLE } from "./change-from-env.ts";
import type { FaultMutant } from "./fault-mutant.ts";

const root = path.resolve(import.meta.dirname, "../..");
const LONGEST_MS = 180_000;

export interface FaultVerdict {
  /** Name of the first test that failed; undefined when all passed. */
  readonly killer: string | undefined;
  readonly reason: string;
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: "passed" | "failed" | "skipped" | "pending";
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/**
 * @param isBroken false runs the tests against the code as it is
 * @throws Error when no test of that name ran: the verdict would mean nothing
 */
export async function playFault({ fault, test, ...change }: FaultMutant, isBroken: boolean): Promise<FaultVerdict> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "treeline-fault-"));
  try {
    const report = path.join(folder, "report.json");
    await vitest([test, "-t", `fault:${fault}\\b`, "--reporter=json", `--outputFile=${report}`], {
      ...process.env,
      ...(isBroken ? brokenBy(change) : undefined),
    });
    return judge(JSON.parse(readFileSync(report, "utf8")) as Report, fault, test);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function brokenBy(change: Omit<FaultMutant, "fault" | "test">): NodeJS.ProcessEnv {
  const hook = pathToFileURL(path.join(import.meta.dirname, "break-from-env.ts")).href;
  return {
    [CHANGE_VARIABLE]: JSON.stringify(change),
    NODE_OPTIONS: `${process.env["NODE_OPTIONS"] ?? ""} --import=${hook}`.trim(),
  };
}

/** Resolves whatever the exit code is: the report tells what happened. */
function vitest(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const entry = path.join(root, "node_modules/vitest/vitest.mjs");
  const all = [entry, "run", "--config", "test/vitest.config.ts", "--project=!e2e", "--maxWorkers=1", ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, all, { cwd: root, env, timeout: LONGEST_MS, maxBuffer: 1e8 }, () => resolve());
  });
}

function judge({ testResults }: Report, fault: string, test: string): FaultVerdict {
  const ran = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed" || status === "failed");
  if (ran.length === 0) throw new Error(`${test} has no test named fault:${fault}`);
  const failed = ran.find(({ status }) => status === "failed");
  if (failed === undefined) return { killer: undefined, reason: `${ran.length} tests are green` };
  return { killer: failed.fullName, reason: failed.failureMessages.join("\n") };
}

/** What a module of workflows says about itself, read while the stack is being synthesized. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type DeployedWorkflow, invalidSetting } from "../../lib/homes/aws/env.ts";
import { bundle } from "./bundles.ts";

const DESCRIBE = path.join(import.meta.dirname, `describe-workflows${path.extname(import.meta.filename)}`);

/**
 * Bundles the module as the functions do, and asks it, in a process of its own: what is read is what will run, and
 * nothing of the user's reaches the one that synthesizes.
 * @throws TreelineError when there is no such file, it does not load, or it exports no workflow
 */
export function describeWorkflows(file: string): readonly DeployedWorkflow[] {
  if (!existsSync(file)) {
    throw invalidSetting(`workflows: there is no file ${file}; name the module that exports your workflows`);
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), "treeline-synth-"));
  try {
    const answer = path.join(folder, "answer.json");
    bundle(file, folder, { describe: DESCRIBE });
    execFileSync(process.execPath, ["--enable-source-maps", path.join(folder, "describe.mjs"), answer], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const workflows = JSON.parse(readFileSync(answer, "utf8")) as readonly DeployedWorkflow[];
    if (workflows.length > 0) return workflows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  throw invalidSetting(`workflows: ${file} exports no workflow`);
}

/**
 * Before and after the lane: an emulator, the project's own CDK app deployed to it, and destroyed again. D31: whatever
 * is not on this machine, or has another account than an emulator's, is refused.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { ACCOUNT, detect, REGION, start } from "../localstack/localstack.ts";
import { cdk, ownApp } from "./cdk.ts";
import type { Deployment, StackOutputs } from "./deployment.ts";
import { refuseOthers } from "./safety.ts";
import { UNIT_MS } from "./unit.ts";
import { writeWorkflowsModule } from "./workflows-module.ts";

const root = path.resolve(import.meta.dirname, "../..");
const FIRST_VERSION = "test/e2e/versions/v1.ts";

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const way = await detect();
  if (way.kind === "none") {
    if (process.env["CI"] === "true") throw new Error(`the end-to-end lane must run under CI: ${way.missing}`);
    console.warn(`The end-to-end lane is left out: ${way.missing}`);
    project.provide("deployment", { leftOut: way.missing });
    return undefined;
  }
  const known = process.env["TREELINE_E2E_DEPLOYED"];
  if (known !== undefined) {
    project.provide("deployment", JSON.parse(readFileSync(known, "utf8")) as Deployment);
    return undefined;
  }
  const localstack = await start({ way });
  const folder = mkdtempSync(path.join(os.tmpdir(), "treeline-e2e-"));
  const clearUp = async (): Promise<void> => {
    await localstack.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await refuseOthers(localstack.endpoint);
    await localstack.forgetGrants();
    const workflows = path.join(folder, "workflows.ts");
    await writeWorkflowsModule(workflows, [
      path.join(root, "examples/index.ts"),
      path.join(root, "test/e2e/workflows.ts"),
    ]);
    const assembly = path.join(folder, "cdk.out");
    const env = { ...localstack.env, TREELINE_UNIT_MS: String(UNIT_MS), TREELINE_E2E_WORKFLOWS: workflows };
    const app = `${process.execPath} --conditions=treeline-source ${path.join(root, "test/e2e/app.ts")}`;
    await Promise.all([
      cdk(["bootstrap", `aws://${ACCOUNT}/${REGION}`, "--app", ""], env),
      cdk(["synth", "--quiet", "--app", app, "--output", assembly], env),
    ]);
    const stacks = ["Conformance", "Faults"];
    const outputs = path.join(folder, "outputs.json");
    const outputsOfOwn = path.join(folder, "outputs-of-own-app.json");
    const deploy = ["deploy", "--app", assembly, "--require-approval", "never", "--progress", "events"];
    await Promise.all([
      cdk([...deploy, "--concurrency", "2", "--outputs-file", outputs, ...stacks], env),
      cdk([...ownApp("deploy", FIRST_VERSION, folder), "--outputs-file", outputsOfOwn], env),
    ]);
    const byStack = [outputs, outputsOfOwn].map(
      (file) => JSON.parse(readFileSync(file, "utf8")) as Record<string, StackOutputs>,
    );
    const deployed: Deployment = { endpoint: localstack.endpoint, folder, stacks: Object.assign({}, ...byStack) };
    const keep = process.env["TREELINE_E2E_KEEP"];
    if (keep !== undefined) writeFileSync(keep, JSON.stringify(deployed));
    project.provide("deployment", deployed);
    if (keep !== undefined) return undefined;
    return async () => {
      try {
        await Promise.all([
          cdk(["destroy", "--app", assembly, "--force", "--concurrency", "2", ...stacks], env),
          cdk(ownApp("destroy", FIRST_VERSION, folder), env),
        ]);
      } finally {
        await clearUp();
      }
    };
  } catch (error) {
    await clearUp();
    throw error;
  }
}

declare module "vitest" {
  interface ProvidedContext {
    deployment: Deployment | { readonly leftOut: string };
  }
}

/** The CDK CLI of this project. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../..");
const bin = path.join(root, "node_modules/aws-cdk/bin/cdk");
const MEBIBYTE = 1024 * 1024;

/** The app that `npx cdk deploy` runs, with what a user may say to it; every time into a folder of its own. */
export function ownApp(command: "deploy" | "destroy", workflows: string, folder: string): readonly string[] {
  const said = { stack: "Versions", workflows, keepData: "false" };
  const context = Object.entries(said).flatMap(([name, value]) => ["--context", `${name}=${value}`]);
  const yes = command === "deploy" ? ["--require-approval", "never"] : ["--force"];
  return [command, ...context, "--output", path.join(folder, path.basename(workflows, ".ts")), ...yes];
}

/** @throws Error with what it said, when it fails */
export async function cdk(args: readonly string[], env: NodeJS.ProcessEnv, cwd = root): Promise<string> {
  try {
    const { stdout } = await run(process.execPath, [bin, ...args], { cwd, env, maxBuffer: 64 * MEBIBYTE });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`cdk ${args.join(" ")} failed:\n${stdout}\n${stderr}`.slice(-20_000), { cause: error });
  }
}

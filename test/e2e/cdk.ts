/** The CDK CLI of this project. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../..");
const bin = path.join(root, "node_modules/aws-cdk/bin/cdk");
const MEBIBYTE = 1024 * 1024;

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

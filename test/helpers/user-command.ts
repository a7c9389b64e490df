/** Commands as a user types them: with the machine's own Node, and without what `npm run` put into the environment. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

/** @throws Error with what it printed and its `code`, when it fails */
export async function run(command: string, args: readonly string[], cwd: string): Promise<Said> {
  try {
    return await promisify(execFile)(command, [...args], { cwd, env: userEnvironment(), maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    throw Object.assign(new Error(`${command} ${args.join(" ")} failed\n${stdout}${stderr}`), { code });
  }
}

function userEnvironment(): NodeJS.ProcessEnv {
  // A machine behind a proxy of its own has its certificates there: npm needs them.
  const ofThisRun = /^(npm_(?!config_)|npm_config_local_prefix$|NODE_(?!EXTRA_CA_CERTS$)|VITEST|INIT_CWD$)/i;
  const own = Object.entries(process.env).filter(([name]) => !ofThisRun.test(name));
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const PATH = folders.filter((folder) => !folder.includes("node_modules")).join(path.delimiter);
  return { ...Object.fromEntries(own), PATH };
}

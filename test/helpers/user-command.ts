/** Commands as a user types them: with a Node of the user's, and without what `npm run` put into the environment. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * @param node the folder of the Node that is used. @default that of this process
 * @throws Error with what it printed and its `code`, when it fails
 */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  node = path.dirname(process.execPath),
): Promise<Said> {
  const env = userEnvironment(node);
  try {
    return await promisify(execFile)(command, [...args], { cwd, env, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    throw Object.assign(new Error(`${command} ${args.join(" ")} failed\n${stdout}${stderr}`), { code, stdout, stderr });
  }
}

/** The folder of a Node that is too old for Treeline; undefined where this machine has none. */
export function olderNode(): string | undefined {
  return foldersOfPath().find((folder) => {
    const node = path.join(folder, process.platform === "win32" ? "node.exe" : "node");
    if (!existsSync(node)) return false;
    const { stdout } = spawnSync(node, ["--print", "process.versions.node"], { encoding: "utf8" });
    const major = Number.parseInt(stdout, 10);
    return major >= 20 && major < 24;
  });
}

function userEnvironment(node: string): NodeJS.ProcessEnv {
  // A machine behind a proxy of its own has its certificates there: npm needs them.
  const ofThisRun = /^(npm_(?!config_)|npm_config_local_prefix$|NODE_(?!EXTRA_CA_CERTS$)|VITEST|INIT_CWD$)/i;
  const own = Object.entries(process.env).filter(([name]) => !ofThisRun.test(name));
  return { ...Object.fromEntries(own), PATH: [node, ...foldersOfPath()].join(path.delimiter) };
}

function foldersOfPath(): readonly string[] {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders.filter((folder) => !folder.includes("node_modules"));
}

/** Installs LocalStack into a cache outside the tree, once per machine and per state of what it is made of. */
import { execFile, type ExecFileException } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { HostTools } from "./prerequisites.ts";

export const VERSION = "4.14.0";
export const IMAGE = `localstack/localstack:${VERSION}`;

const here = import.meta.dirname;
const run = promisify(execFile);

/** LocalStack, ready to be started. */
export interface Installation {
  readonly folder: string;
  readonly python: string;
  /** Packages that LocalStack would download otherwise; linked into the state folder of each start. */
  readonly packages: string;
}

/** Where it is, or would be: a pure function of what it is made of. The plugin is used from the tree, so not part. */
export function installationFolder(env: NodeJS.ProcessEnv = process.env): string {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const file of ["install.ts", "requirements.txt", "dynamodb/pom.xml", "dynamodb/DynamoDbLocal.java"]) {
    hash.update(readFileSync(path.join(here, file)));
  }
  return path.join(cacheFolder(env), `${VERSION}-${hash.digest("hex").slice(0, 12)}`);
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env["TREELINE_LOCALSTACK_DIR"]) return path.resolve(env["TREELINE_LOCALSTACK_DIR"]);
  const usual = process.platform === "darwin" ? "Library/Caches" : ".cache";
  return path.join(env["XDG_CACHE_HOME"] || path.join(os.homedir(), usual), "treeline", "localstack");
}

/** What an earlier run installed, if what it stands on is still there. */
export function installed(env: NodeJS.ProcessEnv = process.env): Installation | undefined {
  const installation = at(installationFolder(env));
  const needed = [installation.python, path.join(installation.packages, "java/21/bin/java")];
  return needed.every((file) => existsSync(file)) ? installation : undefined;
}

/** About a minute the first time, nothing after that. Two at once do no harm: the first that is ready counts. */
export async function installHost(tools: HostTools, env: NodeJS.ProcessEnv = process.env): Promise<Installation> {
  const ready = installed(env);
  if (ready) return ready;
  const final = installationFolder(env);
  const draft = at(`${final}.${randomUUID().slice(0, 8)}`);
  await removeAbandoned(final);
  await mkdir(draft.folder, { recursive: true });
  try {
    await allOrNone((signal) => [installPython(tools, draft, signal), installDynamoDb(tools, draft, signal)]);
    // One from before whose Python or Java went away. What another run has just finished has both, and stays.
    if (!installed(env)) await rm(final, { recursive: true, force: true });
    // A virtual environment may be moved as long as nobody calls its scripts: only `python -m` is used.
    await rename(draft.folder, final).catch((error: unknown) => {
      if (!installed(env)) throw error;
    });
  } finally {
    await rm(draft.folder, { recursive: true, force: true });
  }
  return at(final);
}

/** Drafts of runs that were killed. */
async function removeAbandoned(final: string): Promise<void> {
  for (const folder of globSync(`${final}.*`)) {
    const age = Date.now() - statSync(folder).mtimeMs;
    if (age > 60 * 60_000) await rm(folder, { recursive: true, force: true });
  }
}

function at(folder: string): Installation {
  return { folder, python: path.join(folder, "venv/bin/python"), packages: path.join(folder, "packages") };
}

async function installPython(tools: HostTools, { folder, python }: Installation, signal: AbortSignal): Promise<void> {
  await tool("python -m venv", tools.python, ["-m", "venv", path.join(folder, "venv")], signal);
  // Pinned to the days of the release: newer versions of its dependencies break it.
  const requirements = path.join(here, "requirements.txt");
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  await tool("pip install", python, pip, signal);
}

/** The jars that LocalStack would download as a zip, and one of ours that starts them. */
async function installDynamoDb(tools: HostTools, { packages }: Installation, signal: AbortSignal): Promise<void> {
  const folder = path.join(packages, "dynamodb-local/2");
  const classes = path.join(packages, "classes");
  await mkdir(path.join(folder, "DynamoDBLocal_lib"), { recursive: true });
  await mkdir(classes);
  await mkdir(path.join(packages, "java"));
  await symlink(tools.javaHome, path.join(packages, "java/21")); // 21 is a name: 17 will do
  await tool(
    "mvn",
    tools.maven,
    [
      "--quiet",
      "--batch-mode",
      "-Dstyle.color=never",
      "-f",
      path.join(here, "dynamodb/pom.xml"),
      "dependency:copy-dependencies",
      "-DincludeScope=runtime",
      `-DoutputDirectory=${path.join(folder, "DynamoDBLocal_lib")}`,
    ],
    signal,
  );
  const source = path.join(here, "dynamodb/DynamoDbLocal.java");
  const bin = path.join(tools.javaHome, "bin");
  const libraries = path.join(folder, "DynamoDBLocal_lib/*");
  await tool("javac", path.join(bin, "javac"), ["--release", "17", "-cp", libraries, "-d", classes, source], signal);
  // LocalStack runs `java -javaagent:ddb-local-loader-0.1.jar -jar DynamoDBLocal.jar`: both are the same jar here.
  const jars = globSync("DynamoDBLocal_lib/*.jar", { cwd: folder }).toSorted();
  const manifest = ["Main-Class: DynamoDbLocal", "Premain-Class: DynamoDbLocal", "Class-Path: "];
  await writeFile(path.join(classes, "manifest"), [...manifest, ...jars.map((jar) => `  ${jar}`), ""].join("\n"));
  for (const name of ["DynamoDBLocal.jar", "ddb-local-loader-0.1.jar"]) {
    const files = [path.join(folder, name), path.join(classes, "manifest"), "-C", classes, "DynamoDbLocal.class"];
    await tool("jar", path.join(bin, "jar"), ["cfm", ...files], signal);
  }
}

/** The image, pulled if it is not there. */
export async function installImage(): Promise<void> {
  await run("docker", ["image", "inspect", IMAGE]).catch(() =>
    tool("docker pull", "docker", ["pull", "--quiet", IMAGE]),
  );
}

/** Both at once; when one fails, the other is ended before that is told. */
async function allOrNone(begin: (signal: AbortSignal) => Promise<void>[]): Promise<void> {
  const controller = new AbortController();
  const parts = begin(controller.signal);
  try {
    await Promise.all(parts);
  } finally {
    controller.abort();
    await Promise.allSettled(parts);
  }
}

async function tool(what: string, file: string, args: readonly string[], signal?: AbortSignal): Promise<void> {
  try {
    await run(file, args, { ...(signal && { signal }), timeout: 15 * 60_000, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const {
      stdout = "",
      stderr = "",
      code,
      signal: by,
    } = error as ExecFileException & { stdout?: string; stderr?: string };
    const lines = [`LocalStack could not be installed: ${what} failed (${by ?? code}).`, lastLines(stdout + stderr)];
    throw new Error(lines.join("\n").trim(), { cause: error });
  }
}

export function lastLines(text: string, count = 15): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** The same of a file that may not be there. */
export async function lastLinesOf(file: string): Promise<string> {
  return lastLines(await readFile(file, "utf8").catch(() => ""));
}

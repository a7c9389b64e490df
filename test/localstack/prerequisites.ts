/** What this machine has of what LocalStack needs. Candidates are really run: a shim on PATH may lead nowhere. */
import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** LocalStack 4.14.0 fails at import on 3.12. */
const PYTHON: Version = [3, 13];
/** DynamoDB Local's. */
const JAVA = 17;

export type Version = readonly [major: number, minor: number];

/** What host mode is made of. */
export interface HostTools {
  readonly python: string;
  readonly javaHome: string;
  readonly maven: string;
}

/** What was found, each of it or `undefined`. */
export interface Found {
  readonly python: string | undefined;
  readonly javaHome: string | undefined;
  readonly maven: string | undefined;
  /** Version of the Docker engine that answers. */
  readonly docker: string | undefined;
}

export async function findTools(env: NodeJS.ProcessEnv = process.env): Promise<Found> {
  const [python, javaHome, maven, docker] = await Promise.all([
    findPython(env),
    findJavaHome(env),
    findMaven(env),
    findDocker(env),
  ]);
  return { python, javaHome, maven, docker };
}

/** All that host mode needs, or `undefined`. */
export function hostTools({ python, javaHome, maven }: Found): HostTools | undefined {
  // LocalStack itself does not run on Windows.
  if (process.platform === "win32" || !python || !javaHome || !maven) return undefined;
  return { python, javaHome, maven };
}

/** One line: what is missing, and how to get it. */
export function missing(found: Found, platform: NodeJS.Platform = process.platform): string {
  const wanted =
    platform === "win32"
      ? []
      : [
          found.python ? [] : ["Python 3.13 or newer (`uv python install 3.13`, `pyenv install 3.13`)"],
          found.javaHome ? [] : ["a JDK 17 or newer (`apt install openjdk-17-jdk-headless`, `brew install openjdk`)"],
          found.maven ? [] : ["Maven (`apt install maven`, `brew install maven`)"],
        ].flat();
  const docker = "start a Docker engine";
  return wanted.length === 0
    ? `LocalStack cannot run here: ${docker}.`
    : `LocalStack cannot run here: install ${wanted.join(" and ")}, or ${docker}.`;
}

// ---- one by one -------------------------------------------------------------------------------------------------

async function findPython(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = os.homedir();
  const managed = [
    path.join(env["PYENV_ROOT"] ?? path.join(home, ".pyenv"), "versions/3.*/bin/python3"),
    path.join(
      env["UV_PYTHON_INSTALL_DIR"] ?? path.join(env["XDG_DATA_HOME"] ?? path.join(home, ".local/share"), "uv/python"),
      "cpython-3.*/bin/python3",
    ),
    "/opt/homebrew/bin/python3.1[3-9]",
  ];
  const candidates = new Set([
    ...(env["PYTHON"] ? [env["PYTHON"]] : []),
    "python3",
    "python3.13",
    "python3.14",
    "python3.15",
    ...managed.flatMap((pattern) => globSync(pattern)).filter((file) => isAtLeast(versionInPath(file), PYTHON)),
  ]);
  const script = "import sys, venv, ensurepip; print(sys.version.split()[0]); print(sys.executable)";
  const answers = await Promise.all([...candidates].map((candidate) => output(env, candidate, ["-c", script])));
  return oldestPython(answers.filter((answer) => answer !== undefined));
}

/** Out of answers of `version, newline, executable`: the oldest that will do, because LocalStack was made for it. */
export function oldestPython(answers: readonly string[]): string | undefined {
  return answers
    .map((answer) => answer.trim().split(/\r?\n/))
    .map(([version, executable]) => ({ version: parseVersion(version ?? ""), executable }))
    .filter(({ version, executable }) => executable && isAtLeast(version, PYTHON))
    .toSorted((a, b) => (isAtLeast(a.version, b.version ?? PYTHON) ? 1 : -1))
    .at(0)?.executable;
}

async function findJavaHome(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const candidates = [
    ...(env["JAVA_HOME"] ? [path.join(env["JAVA_HOME"], "bin/javac")] : []),
    "javac",
    ...globSync([
      "/usr/lib/jvm/*/bin/javac",
      "/opt/homebrew/opt/openjdk*/bin/javac",
      "/Library/Java/JavaVirtualMachines/*/Contents/Home/bin/javac",
    ]),
  ];
  for (const candidate of new Set(candidates)) {
    // One after another: the first is nearly always the one, and a JVM is slow to start.
    const answer = await output(env, candidate, ["-J-XshowSettings:properties", "-version"]);
    const home = answer === undefined ? undefined : javaHomeIn(answer);
    if (home !== undefined && existsSync(path.join(home, "bin/jar"))) return home;
  }
  return undefined;
}

/** The home that `javac -J-XshowSettings:properties -version` tells, if its version will do. */
export function javaHomeIn(settings: string): string | undefined {
  const version = /^javac (\S+)/m.exec(settings)?.[1] ?? "";
  const major = Number(/^(?:1\.)?(\d+)/.exec(version)?.[1] ?? 0);
  return major >= JAVA ? /^\s*java\.home = (.+?)\s*$/m.exec(settings)?.[1] : undefined;
}

async function findMaven(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return (await output(env, "mvn", ["--version"])) === undefined ? undefined : "mvn";
}

async function findDocker(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const answer = await output(env, "docker", ["version", "--format", "{{.Server.Version}}"]);
  return answer?.trim().split(/\r?\n/)[0];
}

// ---- versions ---------------------------------------------------------------------------------------------------

export function parseVersion(text: string): Version | undefined {
  const found = /^(\d+)\.(\d+)/.exec(text);
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}

function versionInPath(file: string): Version | undefined {
  const found = /(?:versions\/|cpython-|python)(\d+\.\d+)/.exec(file)?.[1];
  return parseVersion(found ?? "");
}

export function isAtLeast(version: Version | undefined, [major, minor]: Version): boolean {
  return version !== undefined && (version[0] > major || (version[0] === major && version[1] >= minor));
}

/** What a command prints, on both channels; `undefined` when it cannot run, fails or does not answer. */
function output(env: NodeJS.ProcessEnv, file: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(file, args, { env, timeout: 15_000, encoding: "utf8" }, (error, stdout, stderr) =>
      resolve(error ? undefined : stdout + stderr),
    ).stdin?.end();
  });
}

/**
 * LocalStack for the tests: uses one that runs, starts one without Docker, or starts one with Docker. README.md has the
 * why. From a shell:
 *
 *     node test/localstack/localstack.ts detect | install | start | run -- COMMAND…  [--port N] [--set NAME=VALUE]…
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync, closeSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { IMAGE, installed, installHost, installImage, lastLinesOf, type Installation } from "./install.ts";
import { findTools, hostTools, missing, type HostTools } from "./prerequisites.ts";

/** How LocalStack can be had here. */
export type Way =
  | { readonly kind: "running"; readonly endpoint: string }
  | { readonly kind: "installed"; readonly installation: Installation }
  | { readonly kind: "host"; readonly tools: HostTools }
  | { readonly kind: "docker"; readonly version: string }
  | { readonly kind: "none"; readonly missing: string };

/** One call that a role made, as the plugin saw it. */
export interface Grant {
  readonly role: string;
  readonly action: string;
  /** `null` for an action that was checked by its name only. */
  readonly resource: string | null;
  readonly allowed: boolean;
}

export interface StartOptions {
  /** From `detect()`, if it was asked already. */
  readonly way?: Way;
  /** A free one unless told. */
  readonly port?: number;
  /** Settings of LocalStack and of the plugin: `DEBUG`, `SERVICES`, `IAM_ENFORCE`, … */
  readonly settings?: Readonly<Record<string, string>>;
}

export const REGION = "us-east-1";
export const ACCOUNT = "000000000000";

const SERVICES =
  "apigateway,cloudformation,cloudwatch,dynamodb,dynamodbstreams,events,iam,kms,lambda,logs,s3,scheduler," +
  "secretsmanager,sns,sqs,ssm,stepfunctions,sts";
const READY_WITHIN_MS = 120_000;
const STOPPED_WITHIN_MS = 15_000;

/** An emulator that answers. */
export class LocalStack implements AsyncDisposable {
  /** `http://127.0.0.1:PORT`, never anything else. */
  readonly endpoint: string;
  readonly how: "running" | "host" | "docker";
  /** Whether the plugin is in force: enforced IAM, conflicts, circles… Without it those checks see nothing. */
  readonly fidelity: boolean;
  /** Resolves when it ends, by `stop` or by itself; never for one that was running before. */
  readonly ended: Promise<string>;
  readonly #end: (() => Promise<void>) | undefined;

  constructor(
    endpoint: string,
    how: LocalStack["how"],
    fidelity: boolean,
    own?: { readonly ended: Promise<string>; readonly end: () => Promise<void> },
  ) {
    this.endpoint = endpoint;
    this.how = how;
    this.fidelity = fidelity;
    this.ended = own?.ended ?? new Promise(() => {});
    this.#end = own?.end;
  }

  /** For clients of the AWS SDK in this process. */
  get client(): { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } } {
    return { endpoint: this.endpoint, region: REGION, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  }

  /** For processes that are started (cdk, treeline): this one's environment without any AWS setting of the user's. */
  get env(): NodeJS.ProcessEnv {
    return { ...withoutAws(process.env), ...this.settings };
  }

  /** What `env` adds. */
  get settings(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ENDPOINT_URL_S3: this.endpoint, // makes the CDK CLI address buckets by path
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_CONFIG_FILE: os.devNull,
      AWS_SHARED_CREDENTIALS_FILE: os.devNull,
      AWS_EC2_METADATA_DISABLED: "true",
      CDK_DEFAULT_ACCOUNT: ACCOUNT,
      CDK_DEFAULT_REGION: REGION,
      CDK_DISABLE_CLI_TELEMETRY: "true",
      NO_PROXY: "127.0.0.1,localhost",
      no_proxy: "127.0.0.1,localhost",
    };
  }

  /** URL of a path of a REST API's stage. */
  restUrl(apiId: string, stage: string, resource = "/"): string {
    return `${this.endpoint}/_aws/execute-api/${apiId}/${stage}${resource}`;
  }

  /** Every distinct call that a role has made since the start, or since `forgetGrants`. */
  async grants(): Promise<Grant[]> {
    const response = await fetch(`${this.endpoint}/_localstack/fidelity/grants`);
    if (!response.ok) throw new Error(`the LocalStack at ${this.endpoint} runs without the plugin`);
    return (await response.json()) as Grant[];
  }

  async forgetGrants(): Promise<void> {
    await fetch(`${this.endpoint}/_localstack/fidelity/grants`, { method: "DELETE" });
  }

  /** Ends it and removes its state. One that was running before is left alone. */
  async stop(): Promise<void> {
    await this.#end?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Finds out how LocalStack can be had, in this order: running, installed before, host mode, Docker. Changes nothing. */
export async function detect(env: NodeJS.ProcessEnv = process.env): Promise<Way> {
  const wanted = env["TREELINE_LOCALSTACK"]; // "host" or "docker": only that
  const endpoint = env["AWS_ENDPOINT_URL"];
  if (!wanted && endpoint && (await answers(loopback(endpoint)))) return { kind: "running", endpoint };
  const installation = installed(env);
  if (wanted !== "docker" && installation) return { kind: "installed", installation };
  const found = await findTools(env);
  const tools = hostTools(found);
  if (wanted !== "docker" && tools) return { kind: "host", tools };
  if (wanted !== "host" && found.docker) return { kind: "docker", version: found.docker };
  return { kind: "none", missing: missing(found) };
}

/** Makes the way ready, so that `start` takes seconds: about a minute the first time. */
export async function install(way?: Way): Promise<Way> {
  const found = way ?? (await detect());
  if (found.kind === "none") throw new Error(found.missing);
  if (found.kind === "host") return { kind: "installed", installation: await installHost(found.tools) };
  if (found.kind === "docker") await installImage();
  return found;
}

/** Starts LocalStack with an empty state, or joins the one that runs; installs it first if need be. */
export async function start(options: StartOptions = {}): Promise<LocalStack> {
  const way = await install(options.way);
  switch (way.kind) {
    case "running":
      return connect(way.endpoint);
    case "installed":
      return startOnHost(way.installation, options);
    case "docker":
      return startInDocker(options);
    default:
      throw new Error(`unexpected: ${way.kind}`);
  }
}

/** Joins one that runs: in a test file, with what the global setup provided. */
export async function connect(endpoint: string): Promise<LocalStack> {
  const url = loopback(endpoint);
  if (!(await answers(url))) throw new Error(`no LocalStack answers at ${url}`);
  return new LocalStack(url, "running", await hasPlugin(url));
}

// ---- host mode --------------------------------------------------------------------------------------------------

async function startOnHost(installation: Installation, options: StartOptions): Promise<LocalStack> {
  const { port, endpoint } = await place(options);
  const state = await mkdtemp(path.join(os.tmpdir(), "treeline-localstack-"));
  const library = path.join(state, "fs/var/lib/localstack/lib");
  await mkdir(path.dirname(library), { recursive: true });
  await symlink(installation.packages, library);
  const env = { ...hostSettings(installation, state, port), ...options.settings };
  const log = path.join(state, "localstack.log");
  const output = openSync(log, "w");
  // A session of its own: a Ctrl-C reaches us alone, and we end it in order. Should we be killed, its stdin closes, and
  // it ends itself (plugin/localstack_fidelity/lifeline.py).
  const child = spawn(installation.python, ["-m", "localstack.runtime.main"], {
    cwd: state,
    env,
    detached: true,
    stdio: ["pipe", output, output],
  });
  closeSync(output);
  const end = async (): Promise<void> => {
    await endProcess(child);
    await rm(state, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  return ready(child, endpoint, "host", () => lastLinesOf(log), end);
}

/** The whole environment of LocalStack: nothing of the user's AWS settings, proxies or configuration reaches it. */
function hostSettings(installation: Installation, state: string, port: number): Record<string, string | undefined> {
  return {
    PATH: process.env["PATH"],
    LANG: "C.UTF-8",
    HOME: state,
    TMPDIR: state,
    STATE_FOLDER: state,
    LIFELINE: "stdin",
    FILESYSTEM_ROOT: path.join(state, "fs"),
    XDG_CACHE_HOME: path.join(installation.folder, "cache"),
    PYTHONPATH: path.join(import.meta.dirname, "plugin"),
    PYTHONDONTWRITEBYTECODE: "1", // into the tree
    OVERRIDE_IN_DOCKER: "0",
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_HOST: `127.0.0.1:${port}`,
    DNS_ADDRESS: "0",
    SKIP_SSL_CERT_DOWNLOAD: "1",
    DYNAMODB_IN_MEMORY: "1",
    PROVIDER_OVERRIDE_DYNAMODB: "v2",
    LAMBDA_RUNTIME_EXECUTOR: "process",
    LAMBDA_NODE_24: node24(),
    ...settings(),
  };
}

/** What both host mode and Docker are told. */
function settings(): Record<string, string> {
  return {
    DISABLE_EVENTS: "1", // no telemetry
    EAGER_SERVICE_LOADING: "0",
    SERVICES,
    SQS_ENDPOINT_STRATEGY: "path",
    LAMBDA_RETRY_BASE_DELAY: "1",
    LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC: "0.01",
    CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES: "1",
  };
}

/** The Node that functions run on: the project's own, whoever runs this. */
function node24(): string {
  if (process.versions.node.startsWith("24.")) return process.execPath;
  return path.join(path.dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin/node");
}

// ---- Docker -----------------------------------------------------------------------------------------------------

async function startInDocker(options: StartOptions): Promise<LocalStack> {
  const { port, endpoint } = await place(options);
  const name = `treeline-localstack-${port}`;
  const socket = process.env["DOCKER_HOST"]?.replace(/^unix:\/\//, "") ?? "/var/run/docker.sock";
  const inside = "/opt/treeline/plugin";
  const env = {
    ...settings(),
    PYTHONPATH: inside,
    PYTHONDONTWRITEBYTECODE: "1",
    LAMBDA_IGNORE_ARCHITECTURE: "1", // arm64 functions run as what this machine is
    LOCALSTACK_HOST: `127.0.0.1:${port}`,
    ...options.settings,
  };
  const child = spawn("docker", [
    "run",
    "--rm",
    "--name",
    name,
    "--publish",
    `127.0.0.1:${port}:4566`,
    "--volume",
    `${socket}:/var/run/docker.sock`, // functions run in containers beside it
    "--volume",
    `${path.join(import.meta.dirname, "plugin")}:${inside}:ro`,
    ...Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    IMAGE,
  ]);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000)));
  }
  const end = async (): Promise<void> => {
    const stop = spawn("docker", ["stop", "--time", "10", name], { stdio: "ignore" });
    await Promise.all([once(stop, "exit"), endProcess(child)]);
  };
  return ready(child, endpoint, "docker", () => Promise.resolve(said), end);
}

// ---- what both share --------------------------------------------------------------------------------------------

async function place({ port: wanted }: StartOptions): Promise<{ port: number; endpoint: string }> {
  const server = createServer().listen(wanted ?? 0, "127.0.0.1");
  await once(server, "listening"); // a port that is taken is an error here, with its name in it
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return { port, endpoint: `http://127.0.0.1:${port}` };
}

async function ready(
  child: ChildProcess,
  endpoint: string,
  how: "host" | "docker",
  said: () => Promise<string>,
  end: () => Promise<void>,
): Promise<LocalStack> {
  let failure: string | undefined;
  const ended = once(child, "exit").then(
    ([code, signal]) => (failure = `it ended (${signal ?? code})`),
    (error: Error) => (failure = error.message), // it could not even be started
  );
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await answers(endpoint))) {
    if (Date.now() > until) failure ??= `it does not answer after ${READY_WITHIN_MS / 1000} s`;
    if (failure !== undefined) {
      const lines = await said();
      await end();
      throw new Error(`LocalStack did not start: ${failure}.\n${lines}`);
    }
    await sleep(50);
  }
  return new LocalStack(endpoint, how, await hasPlugin(endpoint), { ended, end });
}

/** In order first, by force if that takes too long. */
async function endProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), STOPPED_WITHIN_MS);
  await ended;
  clearTimeout(force);
}

async function answers(endpoint: string): Promise<boolean> {
  return (await get(`${endpoint}/_localstack/health`)) !== undefined;
}

async function hasPlugin(endpoint: string): Promise<boolean> {
  return (await get(`${endpoint}/_localstack/fidelity`)) !== undefined;
}

/** JSON of an URL; `undefined` when nobody answers, or with an error. */
async function get(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/** Nothing here ever speaks to the real AWS: these tests deploy and destroy. */
export function loopback(endpoint: string): string {
  const { protocol, hostname, origin } = new URL(endpoint);
  const isLoopback = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
  if (protocol !== "http:" || !isLoopback) {
    throw new Error(`refused: the tests deploy only to an emulator on this machine, and ${endpoint} is not one`);
  }
  return origin;
}

export function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS|CDK)_/i.test(name)));
}

// ---- the command line -------------------------------------------------------------------------------------------

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      port: { type: "string" },
      set: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h" },
    },
  });
  const [command, ...rest] = positionals;
  const options: StartOptions = {
    ...(values.port !== undefined && { port: Number(values.port) }),
    settings: Object.fromEntries(values.set.map((pair) => pair.split(/=(.*)/s, 2))),
  };
  switch (values.help ? "help" : command) {
    case "detect": {
      const way = await detect();
      console.log(describe(way));
      return way.kind === "none" ? 1 : 0;
    }
    case "install": {
      console.log(describe(await install()));
      return 0;
    }
    case "start": {
      const begin = Date.now();
      await using localstack = await start(options);
      const plugin = localstack.fidelity ? "" : ", without the plugin";
      console.log(`# LocalStack (${localstack.how}${plugin}) is ready after ${(Date.now() - begin) / 1000} s.`);
      for (const [key, value] of Object.entries(localstack.settings)) console.log(`export ${key}=${value}`);
      if (localstack.how === "running") return 0;
      console.log("# SIGTERM or Ctrl-C ends it.");
      const why = await Promise.race([interrupted(), localstack.ended]);
      if (why === undefined) return 0;
      console.error(`LocalStack stopped: ${why}.`);
      return 1;
    }
    case "run": {
      const [file, ...args] = rest;
      if (file === undefined) break;
      await using localstack = await start(options);
      const child = spawn(file, args, { stdio: "inherit", env: localstack.env });
      const forward = (signal: NodeJS.Signals): boolean => child.kill(signal);
      process.on("SIGTERM", forward).on("SIGINT", () => {}); // the terminal tells the child itself
      const [code] = (await once(child, "exit")) as [number | null];
      return code ?? 1;
    }
    default:
  }
  console.error("usage: localstack.ts detect | install | start | run -- COMMAND…  [--port N] [--set NAME=VALUE]…");
  return 2;
}

function describe(way: Way): string {
  switch (way.kind) {
    case "running":
      return `LocalStack runs at ${way.endpoint}.`;
    case "installed":
      return `LocalStack is installed in ${way.installation.folder}.`;
    case "host":
      return `LocalStack can be installed with ${way.tools.python} and the JDK in ${way.tools.javaHome}.`;
    case "docker":
      return `LocalStack can run on Docker ${way.version} as ${IMAGE}.`;
    case "none":
      return way.missing;
  }
}

async function interrupted(): Promise<undefined> {
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT"), once(process, "SIGHUP")]);
  return undefined;
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  });
}

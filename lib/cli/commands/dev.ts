import { Command, InvalidArgumentError } from "commander";
import type { ApiServer } from "../../api/node-server.ts";
import { isLoopback } from "../../api/origin-guard.ts";
import { describe, describeWorkflow } from "../../api/workflow-schemas.ts";
import { currentVersions } from "../../engine/registered-workflows.ts";
import { openEngine, type Engine } from "../../homes/embedded/engine.ts";
import type { Workflow } from "../../kernel/definition.ts";
import { exampleOf } from "../answer.ts";
import { addFile, type Job } from "../command.ts";
import { aborted } from "../follow.ts";
import { onInterrupt } from "../interrupt.ts";
import { loadModule, type LoadedModule } from "../load-module.ts";
import { logTo } from "../log-line.ts";
import { describeFailure, toJson } from "../output.ts";
import { displayTarget, shellWord } from "../terminal.ts";

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 4310;

interface DevOptions {
  readonly file: string;
  readonly port: number;
  readonly host: string;
  readonly json?: true;
}

export function devCommand(job: Job): Command {
  return addFile(new Command("dev"), job)
    .description("Run an engine with the HTTP API on this machine, until Ctrl-C")
    .argument("<files...>", "files that export workflows")
    .option("-p, --port <number>", "port; 0 takes any that is free", toPort, DEFAULT_PORT)
    .option("--host <address>", "address to listen on; the API has no authentication", DEFAULT_HOST)
    .option("--json", "print JSON")
    .action((files: string[], options: DevOptions) => dev(job, files, options));
}

async function dev(job: Job, files: readonly string[], options: DevOptions): Promise<void> {
  // Half of what is loaded here no other command needs.
  const [{ createApi }, { serveApi }] = await Promise.all([
    import("../../api/api.ts"),
    import("../../api/node-server.ts"),
  ]);
  const modules: LoadedModule[] = [];
  for (const name of files) modules.push(await loadModule(name, job.terminal.cwd));
  const colors = displayTarget(job.terminal.stderr, job.terminal.env).colors;
  const log = logTo((text) => job.output.note(text), colors);
  const engine = await openEngine({ file: options.file, paused: true, determinism: "warn", log });
  const closing = new AbortController();
  // From here on a Ctrl-C is heard: the engine is closed, whatever else happens.
  const interrupt = onInterrupt();
  try {
    for (const module of modules) engine.register(module.workflows, module);
    // First those that a file is about.
    const mains = modules.flatMap(({ main }) => main ?? []);
    const workflows = currentVersions([...mains, ...modules.flatMap((module) => module.workflows)]);
    const app = createApi({ client: engine, workflows, streaming: true, log, closing: closing.signal });
    const server = await serveApi({ app, host: options.host, port: options.port });
    try {
      await run(job, { engine, server, workflows, options }, interrupt.signal);
    } finally {
      closing.abort();
      await server.close();
    }
  } finally {
    await engine.close();
    interrupt.dispose();
  }
}

interface Running {
  readonly engine: Engine;
  readonly server: ApiServer;
  readonly workflows: readonly Workflow[];
  readonly options: DevOptions;
}

async function run(job: Job, running: Running, signal: AbortSignal): Promise<void> {
  const { output } = job;
  tellWhere(job, running);
  running.engine.resume().catch((error: unknown) => output.note(describeFailure(error)));
  await aborted(signal);
  const { executions: open } = await running.engine.list({ status: ["PENDING", "RUNNING", "WAITING"], limit: 1 });
  if (open.length > 0) output.note("what has not ended is durable, and goes on when this is started again");
}

function tellWhere({ output }: Job, { server, workflows, options }: Running): void {
  const { url } = server;
  const names = workflows.map(({ name }) => name);
  if (options.json === true) return output.json({ url, workflows: names });
  output.print(`${url}\n`);
  output.print(`  workflows  ${names.join(", ")}`);
  output.print(`  start one  curl ${url}/executions --json ${shellWord(toJson(exampleStart(workflows)))}`);
  output.print(`  from here  treeline list --remote ${url}`);
  output.print(`  document   ${url}/openapi.json`);
  for (const warning of workflows.flatMap((workflow) => describeWorkflow(workflow).warnings)) output.note(warning);
  if (!isLoopback(options.host)) output.note(`${options.host} is no loopback address: whoever reaches it may use it`);
}

function exampleStart([workflow]: readonly Workflow[]): object {
  const { name = "", input } = workflow ?? {};
  if (input === undefined) return { workflow: name };
  return { workflow: name, input: exampleOf(describe(input, "input", "plain", name).schema) };
}

function toPort(value: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port < 65_536) return port;
  throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
}

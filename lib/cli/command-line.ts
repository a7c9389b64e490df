/** The command line as a function: arguments in, exit code out. */
import { createRequire } from "node:module";
import { Command, CommanderError } from "commander";
import { openAws, type OpenAws } from "./aws.ts";
import { createJob, type Job } from "./command.ts";
import { callbackCommand } from "./commands/callback.ts";
import { cancelCommand } from "./commands/cancel.ts";
import { costCommand } from "./commands/cost.ts";
import { devCommand } from "./commands/dev.ts";
import { eventsCommand } from "./commands/events.ts";
import { listCommand } from "./commands/list.ts";
import { outputsCommand } from "./commands/outputs.ts";
import { pendingCommand } from "./commands/pending.ts";
import { pruneCommand } from "./commands/prune.ts";
import { redriveCommand } from "./commands/redrive.ts";
import { replayCommand } from "./commands/replay.ts";
import { resumeCommand } from "./commands/resume.ts";
import { runCommand } from "./commands/run.ts";
import { showCommand } from "./commands/show.ts";
import { signalCommand } from "./commands/signal.ts";
import { stopCommand } from "./commands/stop.ts";
import { treeCommand } from "./commands/tree.ts";
import { versionsCommand } from "./commands/versions.ts";
import { TreelineError } from "../kernel/errors.ts";
import { EXIT, EXIT_CODES_HELP, exitCodeOf } from "./exit-codes.ts";
import { describeFailure, failureJson } from "./output.ts";
import type { Terminal } from "./terminal.ts";
import { harmless } from "./text.ts";

/** Commands whose JSON is read line by line, errors included. */
const LINE_WISE = new Set(["events"]);

const COMMANDS = [
  runCommand,
  devCommand,
  resumeCommand,
  listCommand,
  showCommand,
  treeCommand,
  eventsCommand,
  pendingCommand,
  costCommand,
  signalCommand,
  callbackCommand,
  cancelCommand,
  stopCommand,
  replayCommand,
  pruneCommand,
  outputsCommand,
  redriveCommand,
  versionsCommand,
];

/**
 * Gives the exit code.
 * @param aws for tests
 */
export async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
  aws: OpenAws = openAws,
): Promise<number> {
  let code: number = EXIT.ok;
  const job = createJob(terminal, aws, (ended) => {
    code = ended;
  });
  const json = args.includes("--json");
  try {
    await createProgram(job, json).parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return tellUsage(job, error, args);
    if (json) tellJson(job, error, args);
    else job.output.note(describeFailure(error), "red");
    return exitCodeOf(error);
  }
}

function createProgram(job: Job, json: boolean): Command {
  const { stdout, stderr } = job.terminal;
  const program = new Command("treeline")
    .description("Workflows that run workflows.")
    .version(version(), "-V, --version")
    .addHelpText("after", EXIT_CODES_HELP)
    .showHelpAfterError("(--help tells what there is)");
  for (const create of COMMANDS) program.addCommand(create(job));
  const writeOut = (text: string): void => void stdout.write(harmless(text));
  const writeErr = (text: string): void => void (json || stderr.write(harmless(text)));
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ writeOut, writeErr });
  return program;
}

/** Help and version are no errors. */
function tellUsage(job: Job, { exitCode, message }: CommanderError, args: readonly string[]): number {
  if (exitCode === 0) return EXIT.ok;
  if (args.includes("--json")) {
    tellJson(job, new TreelineError("invalid_argument", message.replace(/^error: /, "")), args);
  }
  return EXIT.usage;
}

function tellJson({ output }: Job, error: unknown, args: readonly string[]): void {
  const lineWise = LINE_WISE.has(args.find((word) => !word.startsWith("-")) ?? "");
  output.json({ error: failureJson(error) }, { lineWise });
}

function version(): string {
  const manifest = createRequire(import.meta.url)("treeline/package.json") as { version: string };
  return manifest.version;
}

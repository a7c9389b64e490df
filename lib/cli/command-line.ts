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
import { resumeCommand } from "./commands/resume.ts";
import { runCommand } from "./commands/run.ts";
import { showCommand } from "./commands/show.ts";
import { signalCommand } from "./commands/signal.ts";
import { stopCommand } from "./commands/stop.ts";
import { treeCommand } from "./commands/tree.ts";
import { versionsCommand } from "./commands/versions.ts";
import { EXIT, EXIT_CODES_HELP, exitCodeOf } from "./exit-codes.ts";
import { createPaint } from "./glyphs.ts";
import { describeFailure, failureJson } from "./output.ts";
import { hasColors, type Terminal } from "./terminal.ts";

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
  try {
    await createProgram(job).parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    tellFailure(job, error, args.includes("--json"));
    return exitCodeOf(error);
  }
}

function createProgram(job: Job): Command {
  const { stdout, stderr } = job.terminal;
  const program = new Command("treeline")
    .description("Workflows that run workflows.")
    .version(version(), "-V, --version")
    .addHelpText("after", EXIT_CODES_HELP)
    .showHelpAfterError("(--help tells what there is)");
  for (const create of COMMANDS) program.addCommand(create(job));
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) });
  }
  return program;
}

function tellFailure({ terminal, output }: Job, error: unknown, json: boolean): void {
  if (json) return output.json({ error: failureJson(error) });
  output.note(createPaint(hasColors(terminal.stderr, terminal.env)).red(describeFailure(error)));
}

function version(): string {
  const manifest = createRequire(import.meta.url)("treeline/package.json") as { version: string };
  return manifest.version;
}

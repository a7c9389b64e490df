import { Option, type Command } from "commander";
import { RegisteredWorkflows } from "../../engine/registered-workflows.ts";
import { type RecordedJournal, replayJournal, type ReplayResult } from "../../homes/replay-journal.ts";
import { withAccess, storeCommand, type Job, type StoreOptions } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { loadModule } from "../load-module.ts";
import { recordedIn, recordedOf } from "../recorded-journals.ts";
import { plural } from "../text.ts";

interface ReplayOptions extends StoreOptions {
  readonly open?: true;
  readonly journals?: string;
}

interface Checked {
  readonly execution: RecordedJournal["execution"];
  readonly result: ReplayResult;
}

export function replayCommand(job: Job): Command {
  return storeCommand("replay", job)
    .description("Check a file of workflows against recorded journals: does its code fit them? Runs no step")
    .argument("<file>", "file that exports workflows")
    .argument("[ids...]", "ids of the executions to check; without any, all executions of the file's workflows")
    .option("--open", "of these only the executions that have not ended")
    .addOption(
      new Option(
        "--journals <folder>",
        "check the journals in this folder (written by `show --journal`), not a database",
      ).conflicts("open"),
    )
    .action((file: string, ids: string[], options: ReplayOptions) => replayAll(job, file, ids, options));
}

async function replayAll(job: Job, file: string, ids: readonly string[], options: ReplayOptions): Promise<void> {
  const { workflows } = await loadModule(file, job.terminal.cwd);
  const known = new RegisteredWorkflows();
  known.add(workflows);
  const checked: Checked[] = [];
  const check = async (journals: AsyncIterable<RecordedJournal>): Promise<void> => {
    for await (const journal of journals) checked.push(await checkOne(known, journal));
  };
  if (options.journals === undefined) {
    await withAccess(job, options, ({ client }) =>
      check(recordedOf(client, { ids, names: known.names(), open: options.open === true, ...options })),
    );
  } else await check(recordedIn(options.journals, job.terminal.cwd, ids));
  report(job, checked, options);
  if (checked.some(({ result }) => !result.fits)) job.end(EXIT.failed);
}

async function checkOne(known: RegisteredWorkflows, journal: RecordedJournal): Promise<Checked> {
  const { execution } = journal;
  const workflow = known.of(execution);
  if (workflow !== undefined) return { execution, result: await replayJournal(workflow, journal) };
  const versions = known.versionsOf(execution.workflow);
  const difference =
    versions.length === 0
      ? `the file has no workflow ${execution.workflow}`
      : `the file has workflow ${execution.workflow} in version ${versions.join(", ")}; none continues version ${execution.version}`;
  return { execution, result: { fits: false, difference } };
}

function report({ output }: Job, checked: readonly Checked[], { json }: ReplayOptions): void {
  if (json === true) {
    return output.json(
      checked.map(({ execution, result }) => {
        const { id, publicId, workflow, version } = execution;
        return { id, publicId, workflow, version, ...result };
      }),
    );
  }
  for (const { execution, result } of checked) {
    if (!result.fits)
      output.print(`${execution.publicId} (${execution.workflow}) does not fit: ${result.difference}\n`);
  }
  const fitting = checked.filter(({ result }) => result.fits).length;
  output.print(`${fitting} of ${plural(checked.length, "journal")} ${checked.length === 1 ? "fits" : "fit"}`);
}

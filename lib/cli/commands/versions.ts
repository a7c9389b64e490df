import type { Command } from "commander";
import { TreelineError } from "../../kernel/errors.ts";
import type { ExecutorVersion, VersionsReport } from "../../operator/versions.ts";
import { stackCommand, type StackOptions, withStack } from "../aws.ts";
import type { Job } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { onInterrupt } from "../interrupt.ts";
import { formatTable } from "../table.ts";
import { plural } from "../text.ts";
import { formatAgo } from "../time.ts";

interface VersionsOptions extends StackOptions {
  readonly prune?: true;
  readonly force?: true;
}

const RIGHTS = [
  "lambda:ListVersionsByFunction, lambda:ListAliases on the executors",
  "dynamodb:Scan on the index byWorkflow of the table, dynamodb:BatchGetItem on the table",
  "with --prune: lambda:DeleteFunction on <executor>:* (versions, not the function)",
];

export function versionsCommand(job: Job): Command {
  return stackCommand("versions", job.terminal, RIGHTS)
    .description("Show the versions of the executors of a deployed stack, and how many open executions each has")
    .option("--prune", "delete those that nobody runs on, and that were not live within the last day")
    .option("--force", "with --prune: also those of the last day; not while a deployment is under way")
    .addHelpText("after", "\nReads every execution of the table once: half a read unit each, or more for big ones.")
    .action((options: VersionsOptions) => versions(job, options));
}

async function versions(job: Job, options: VersionsOptions): Promise<void> {
  const { prune = false, force = false } = options;
  if (force && !prune) throw new TreelineError("invalid_argument", "--force means nothing without --prune");
  const [{ versionsOf }, { realWaiting }] = await Promise.all([
    import("../../operator/versions.ts"),
    import("../../operator/waiting.ts"),
  ]);
  const interrupt = onInterrupt();
  try {
    const waiting = realWaiting(() => job.terminal.now(), interrupt.signal);
    const report = await withStack(job.aws, options, (clients, stack) =>
      versionsOf(clients, stack, { prune, force, waiting }),
    );
    if (report.versions.some(({ state }) => state === "refused")) job.end(EXIT.failed);
    if (options.json === true) job.output.json(report);
    else tell(job, report, prune);
  } finally {
    interrupt.dispose();
  }
}

const SAID: Readonly<Record<Exclude<ExecutorVersion["state"], "aliased">, string>> = {
  live: "live",
  used: "",
  newer: "newer than the live one: kept",
  recent: "live within the last day, perhaps: kept",
  unused: "nobody runs on it: --prune deletes it",
  deleted: "deleted",
  refused: "Lambda refuses to delete it: look for what uses it",
  missing: "was deleted: its executions cannot go on",
};

function tell({ output, terminal }: Job, { versions: found, unpinned }: VersionsReport, prune: boolean): void {
  const rows = found.map(({ executor, version, publishedAt, open, state, aliases }) => [
    executor,
    version,
    publishedAt === undefined ? "?" : formatAgo(publishedAt, terminal.now()),
    String(open),
    state === "aliased" ? `alias ${aliases.join(", ")}: kept` : SAID[state],
  ]);
  output.printStyled(formatTable(["EXECUTOR", "VERSION", "PUBLISHED", "OPEN", ""], rows, output.paint));
  if (unpinned > 0) output.print(`\n${plural(unpinned, "open execution has", "open executions have")} not begun yet`);
  if (prune) output.print(`\n${plural(found.filter(({ state }) => state === "deleted").length, "version")} deleted`);
}

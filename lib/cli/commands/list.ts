import { InvalidArgumentError, type Command } from "commander";
import { formatMillis } from "../../kernel/duration.ts";
import type { ExecutionStatus } from "../../kernel/journal.ts";
import type { ExecutionView, ListFilter } from "../../ports/client.ts";
import { NO_ENGINE, type Access } from "../access.ts";
import { storeCommand, withAccess, type Job, type StoreOptions } from "../command.ts";
import { glyphOf, isStatus, type Paint, paintStatus, STATUSES } from "../glyphs.ts";
import type { Visitor } from "../outside-client.ts";
import { formatTable, type Cell } from "../table.ts";
import { plural, toLine } from "../text.ts";
import { formatAgo, parseSince } from "../time.ts";

interface ListOptions extends StoreOptions {
  readonly workflow?: string;
  readonly status?: readonly ExecutionStatus[];
  readonly root?: string;
  readonly parent?: string;
  readonly since?: string;
  readonly blocked?: true;
  readonly limit: number;
  readonly cursor?: string;
}

export function listCommand(job: Job): Command {
  return storeCommand("list", job)
    .description("List executions, newest first")
    .option("-w, --workflow <name>", "only those of this workflow")
    .option("-s, --status <status...>", "only those with one of these statuses", toStatuses)
    .option("--root <id>", "only the tree of this root")
    .option("--parent <id>", "only children of this execution")
    .option("--since <time>", "only those started since: 90m, 2d, or a date")
    .option("--blocked", "only those that cannot go on with the code that is loaded")
    .option("--limit <count>", "at most so many", toCount, 50)
    .option("--cursor <cursor>", "go on behind the last page")
    .action((options: ListOptions) => withAccess(job, options, (access) => list(job, access, options)));
}

async function list(job: Job, { client, runs }: Access, options: ListOptions): Promise<void> {
  const { output, terminal } = job;
  const page = await client.list(await toFilter(client, options, terminal.now()));
  if (options.json === true) return output.json(page);
  if (page.executions.length === 0) return output.print("no executions");
  const rows = page.executions.map((view) => rowOf(view, terminal.now(), output.paint));
  output.printStyled(formatTable(["STATUS", "PATH", "STARTED", "TOOK", "ID"], rows, output.paint));
  for (const [difference, views] of Map.groupBy(page.executions, ({ blocked }) => blocked?.difference)) {
    if (difference !== undefined)
      output.print(
        `\n${plural(views.length, "execution is blocked", "executions are blocked")}: ${toLine(difference)}`,
      );
  }
  if (!runs && page.executions.some(({ endedAt }) => endedAt === undefined)) output.print(`\n${NO_ENGINE}`);
  if (page.cursor !== undefined) output.note(`there are more: --cursor ${page.cursor}`);
}

async function toFilter(client: Visitor, options: ListOptions, now: number): Promise<ListFilter> {
  const idOf = async (id: string): Promise<string> => (await client.get(id, options.namespace)).id;
  const { workflow, status, root, parent, since, blocked, limit, cursor, namespace } = options;
  return {
    limit,
    namespace,
    ...(workflow === undefined ? undefined : { workflow }),
    ...(status === undefined ? undefined : { status }),
    ...(blocked === undefined ? undefined : { blocked }),
    ...(root === undefined ? undefined : { rootId: await idOf(root) }),
    ...(parent === undefined ? undefined : { parentId: await idOf(parent) }),
    ...(since === undefined ? undefined : { startedAfter: parseSince(since, now) }),
    ...(cursor === undefined ? undefined : { cursor }),
  };
}

/** Ids are long: they stand where a narrow terminal may break the line. */
function rowOf(view: ExecutionView, now: number, paint: Paint): Cell[] {
  const { status, path, summary, createdAt, endedAt, publicId } = view;
  return [
    {
      styled: `${glyphOf(status, paint)} ${paintStatus(status, status, paint)}${view.blocked === undefined ? "" : " blocked"}`,
    },
    summary === undefined ? path : `${path} (${summary})`,
    formatAgo(createdAt, now),
    formatMillis((endedAt ?? now) - createdAt),
    publicId,
  ];
}

function toStatuses(value: string, before: readonly ExecutionStatus[] = []): readonly ExecutionStatus[] {
  const statuses = value.toUpperCase().split(",");
  const unknown = statuses.find((status) => !isStatus(status));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`There is no status ${unknown}; there are ${STATUSES.join(", ")}.`);
  return [...before, ...statuses.filter(isStatus)];
}

function toCount(value: string): number {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("It must be a whole number of 1 or more.");
}

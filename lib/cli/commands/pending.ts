import type { Command } from "commander";
import type { WaitView } from "../../ports/client.ts";
import { storeCommand, withAccess, type Job, type StoreOptions } from "../command.ts";
import { answerTo } from "../answer.ts";
import type { Visitor } from "../outside-client.ts";
import { formatTable } from "../table.ts";
import { suggestion } from "../terminal.ts";
import { formatAgo, formatTime } from "../time.ts";
import { nameOfWait } from "../tree-model.ts";

export function pendingCommand(job: Job): Command {
  return storeCommand("pending", job)
    .description("Show everything that an execution and those below it wait for, and how to answer")
    .argument("<id>", "id of the execution")
    .action((id: string, options: StoreOptions) =>
      withAccess(job, options, ({ client }) => pending(job, client, id, options)),
    );
}

async function pending(job: Job, client: Visitor, id: string, options: StoreOptions): Promise<void> {
  const { output, terminal } = job;
  const waits = await client.pending(id, options.namespace);
  if (options.json === true) return output.json(waits);
  if (waits.length === 0) return output.print("nothing is waited for");
  const rows = waits.map((wait) => rowOf(wait, terminal.now()));
  output.printStyled(formatTable(["WHERE", "WAITS FOR", "NAME", "SINCE", "UNTIL"], rows, output.paint));
  for (const { path, kind, blocked } of waits) {
    if (kind === "CODE") output.print(`\n${path} is blocked: ${blocked?.difference}`);
  }
  const answers = waits.flatMap((wait) => answerTo(wait) ?? []);
  if (answers.length > 0) output.print("\nanswer with");
  for (const answer of answers) output.print(`  ${suggestion(terminal, answer, options)}`);
}

function rowOf({ path, kind, operation, name, since, deadline }: WaitView, now: number): string[] {
  return [
    path,
    kind,
    nameOfWait(operation, name),
    formatAgo(since, now),
    deadline === undefined ? "" : formatTime(deadline),
  ];
}

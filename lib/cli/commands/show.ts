import type { Command } from "commander";
import { recordedJournal } from "../../homes/replay-journal.ts";
import type { ExecutionDetail } from "../../ports/client.ts";
import { NO_ENGINE, type Access } from "../access.ts";
import { storeCommand, withAccess, type Job, type StoreOptions } from "../command.ts";
import { formatDetail } from "../detail.ts";

interface ShowOptions extends StoreOptions {
  readonly journal?: true;
}

export function showCommand(job: Job): Command {
  return storeCommand("show", job)
    .description("Show one execution: input, output, state, operations, what it waits for")
    .argument("<id>", "id of the execution")
    .option("--journal", "write its journal as JSON, for `replay --journals`; it holds inputs and results")
    .action((id: string, options: ShowOptions) =>
      withAccess(job, options, async ({ client, runs }) => {
        const detail = await client.get(id, options.namespace);
        if (options.journal !== true) return show(job, detail, { ...options, runs });
        return job.output.json(recordedJournal(detail, await client.journal(detail.id, detail.namespace)));
      }),
    );
}

function show(job: Job, detail: ExecutionDetail, { json, runs }: StoreOptions & Pick<Access, "runs">): void {
  if (json === true) return job.output.json(detail);
  job.output.printStyled(formatDetail(detail, job.terminal.now(), job.output.paint));
  if (!runs && detail.endedAt === undefined) job.output.print(`\n${NO_ENGINE}`);
}

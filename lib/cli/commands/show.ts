import type { Command } from "commander";
import type { ExecutionDetail } from "../../ports/client.ts";
import { NO_ENGINE, type Access } from "../access.ts";
import { storeCommand, withAccess, type Job, type StoreOptions } from "../command.ts";
import { formatDetail } from "../detail.ts";

export function showCommand(job: Job): Command {
  return storeCommand("show", job)
    .description("Show one execution: input, output, state, operations, what it waits for")
    .argument("<id>", "id of the execution")
    .action((id: string, options: StoreOptions) =>
      withAccess(job, options, async ({ client, runs }) => {
        show(job, await client.get(id, options.namespace), { ...options, runs });
      }),
    );
}

function show(job: Job, detail: ExecutionDetail, { json, runs }: StoreOptions & Pick<Access, "runs">): void {
  if (json === true) return job.output.json(detail);
  job.output.printStyled(formatDetail(detail, job.terminal.now(), job.output.paint));
  if (!runs && detail.endedAt === undefined) job.output.print(`\n${NO_ENGINE}`);
}

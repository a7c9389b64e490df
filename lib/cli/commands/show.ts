import type { Command } from "commander";
import type { ExecutionDetail } from "../../ports/client.ts";
import { storeCommand, withAccess, type Job, type StoreOptions } from "../command.ts";
import { formatDetail } from "../detail.ts";

export function showCommand(job: Job): Command {
  return storeCommand("show", job)
    .description("Show one execution: input, output, state, operations, what it waits for")
    .argument("<id>", "id of the execution")
    .action((id: string, options: StoreOptions) =>
      withAccess(job, options, async ({ client }) => show(job, await client.get(id, options.namespace), options)),
    );
}

function show(job: Job, detail: ExecutionDetail, { json }: StoreOptions): void {
  if (json === true) job.output.json(detail);
  else job.output.printStyled(formatDetail(detail, job.terminal.now(), job.output.paint));
}

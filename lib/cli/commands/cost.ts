import type { Command } from "commander";
import type { Cost } from "../../api/shapes.ts";
import { storeCommand, withRemote, type Job, type StoreOptions } from "../command.ts";
import { formatTable } from "../table.ts";

const WHY_REMOTE =
  "the engine on this machine costs nothing; name a deployed one with --remote URL, or TREELINE_REMOTE";

export function costCommand(job: Job): Command {
  return storeCommand("cost", job)
    .description("Show what an execution, and all that is below it, has cost; of a deployed engine")
    .argument("<id>", "id of the execution")
    .action(async (id: string, options: StoreOptions) => {
      const cost = await withRemote(options, WHY_REMOTE, (client) => client.cost(id, options.namespace));
      if (options.json === true) job.output.json(cost);
      else tell(job, cost);
    });
}

const COLUMNS = ["", "USD", "WRITES", "READS", "REQUESTS", "TRANSITIONS", "INVOCATIONS", "GB-SECONDS"];

function tell({ output }: Job, { execution, subtree, prices }: Cost): void {
  const rows = [rowOf("execution", execution), rowOf("with all below", subtree)];
  output.printStyled(formatTable(COLUMNS, rows, output.paint));
  output.print(`\nprices of ${prices.region}, ${prices.date}`);
}

function rowOf(name: string, cost: Cost["execution"]): string[] {
  const { usd, writeUnits, readUnits, requests, transitions, invocations, gbSeconds } = cost;
  const figures = [writeUnits, readUnits, requests, transitions, invocations, gbSeconds];
  return [name, formatUsd(usd), ...figures.map((figure) => String(Number(figure.toFixed(3))))];
}

/** Three digits that say something, of however small a sum. */
function formatUsd(usd: number): string {
  const digits = usd === 0 ? 0 : Math.min(12, Math.max(2, 2 - Math.floor(Math.log10(Math.abs(usd)))));
  return usd.toFixed(digits);
}

import type { Command } from "commander";
import { openEngine } from "../../homes/embedded/engine.ts";
import { storeCommand, withAccess, type Job, type StoreOptions } from "../command.ts";
import { plural } from "../text.ts";

export function pruneCommand(job: Job): Command {
  return storeCommand("prune", job, "a deployed engine's table deletes them by itself")
    .description("Delete trees that ended longer ago than their workflow's retention")
    .action((options: StoreOptions) => prune(job, options));
}

async function prune(job: Job, options: StoreOptions): Promise<void> {
  const byOwner = await withAccess(job, options, async ({ owner }) => owner?.prune());
  const { executions } = byOwner ?? (await pruneFile(options.file));
  if (options.json === true) job.output.json({ executions });
  else job.output.print(`${plural(executions, "execution")} deleted`);
}

async function pruneFile(file: string): Promise<{ executions: number }> {
  const engine = await openEngine({ file, paused: true });
  try {
    return await engine.prune();
  } finally {
    await engine.close();
  }
}

import type { Command } from "commander";
import { storeCommand, withAccess, type Job, type StoreOptions } from "../command.ts";
import { renderTree } from "../live-tree.ts";
import type { Visitor } from "../outside-client.ts";
import { hasColors } from "../terminal.ts";
import { toTreeModel } from "../tree-model.ts";

const WIDTH_OF_A_FILE = 160;

export function treeCommand(job: Job): Command {
  return storeCommand("tree", job)
    .description("Show an execution and everything below it")
    .argument("<id>", "id of the execution")
    .action((id: string, options: StoreOptions) =>
      withAccess(job, options, ({ client }) => tree(job, client, id, options)),
    );
}

async function tree(job: Job, client: Visitor, id: string, { namespace, json }: StoreOptions): Promise<void> {
  const root = await client.tree(id, namespace);
  if (json === true) return job.output.json(root);
  const waits = await client.pending(id, namespace);
  const { stdout, env } = job.terminal;
  const width = (stdout as { columns?: number }).columns ?? WIDTH_OF_A_FILE;
  const options = { now: job.terminal.now(), width, colors: hasColors(stdout, env), animated: false, ids: true };
  for (const line of renderTree(toTreeModel(root, waits), options)) job.output.printStyled(line);
}

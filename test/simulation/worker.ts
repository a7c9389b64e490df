/** A process of a campaign: gets seeds, sends what came of them. Its argument is the bug that it shall have. */
import { breakCode } from "../mutation/break-code.ts";
import { bugs } from "./bugs.ts";
import type { FromWorker, Seeds } from "./campaign.ts";

const [id] = process.argv.slice(2);
if (id !== undefined) {
  const bug = bugs.find((each) => each.id === id);
  if (bug === undefined) throw new Error(`there is no bug ${id}`);
  breakCode(bug);
}

process.once("message", (message) => {
  const { seeds, step } = message as { seeds: Seeds; step: number };
  void run(seeds, step);
});

async function run(seeds: Seeds, step: number): Promise<void> {
  // Only now, behind the hook.
  const { runSeeds } = await import("./campaign.ts");
  const tell = (message: FromWorker): void => void process.send?.(message);
  const done = await runSeeds(seeds, step, (begins) => tell({ begins }));
  tell({ done });
  process.disconnect();
}

/** A process of a campaign of the AWS home. Its argument is the bug that it shall have. */
import { breakCode } from "../mutation/break-code.ts";
import { awsBugs } from "./aws-bugs.ts";
import type { FromWorker, Play, Seeds } from "./campaign.ts";

const [id] = process.argv.slice(2);
if (id !== undefined) {
  const bug = awsBugs.find((each) => each.id === id);
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
  const { awsCaseOf, simulateAws } = await import("./aws-simulate.ts");
  const play: Play = async (seed, coverage) => {
    const { problems, world } = await simulateAws(awsCaseOf(seed));
    for (const [fault, times] of world.met) coverage[fault] = (coverage[fault] ?? 0) + times;
    return problems;
  };
  const tell = (message: FromWorker): void => void process.send?.(message);
  const done = await runSeeds(seeds, step, (begins) => tell({ begins }), play);
  tell({ done });
  process.disconnect();
}

/** What a process of a campaign does: gets seeds, sends what came of them. Its argument is the bug that it shall have. */
import { breakCode } from "../mutation/break-code.ts";
import type { Bug } from "./bugs.ts";
import type { FromWorker, Play, Seeds } from "./campaign.ts";

/** @param play is imported by it only when the code is broken; undefined: as the campaign itself plays */
export function serveCampaign(bugs: readonly Bug[], play: () => Promise<Play | undefined>): void {
  const [id] = process.argv.slice(2);
  if (id !== undefined) {
    const bug = bugs.find((each) => each.id === id);
    if (bug === undefined) throw new Error(`there is no bug ${id}`);
    breakCode(bug);
  }
  process.once("message", (message) => {
    const { seeds, step } = message as { seeds: Seeds; step: number };
    void run(seeds, step, play);
  });
}

async function run(seeds: Seeds, step: number, play: () => Promise<Play | undefined>): Promise<void> {
  // Only now, behind the hook.
  const { runSeeds } = await import("./campaign.ts");
  const tell = (message: FromWorker): void => void process.send?.(message);
  const done = await runSeeds(
    seeds,
    step,
    { begins: (seed) => tell({ begins: seed }), failed: (failed) => tell({ failed }) },
    await play(),
  );
  tell({ done });
  process.disconnect();
}

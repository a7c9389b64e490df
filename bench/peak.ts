/** A process of its own that does W2 and nothing else; prints the most memory it ever had, in MiB. */
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { MEMORY } from "./targets.ts";
import { open, works } from "./works.ts";

const RUNS = 3;

const folder = mkdtempSync(path.join(process.argv[2] ?? ".", "peak-"));
try {
  const engine = await open(path.join(folder, "treeline.db"), "process");
  for (let run = 0; run < RUNS; run += 1) await works[MEMORY.work](engine, MEMORY.n);
  await engine.close();
} finally {
  rmSync(folder, { recursive: true });
}
console.log(process.resourceUsage().maxRSS / 1_024);

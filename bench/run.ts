/** `npm run bench`: what the engine costs, held against raw commits of the same SQLite. README.md says how to read it. */
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { measureBystander } from "./bystander.ts";
import { measureFullFile } from "./full-file.ts";
import { toJson, toTable } from "./report.ts";
import { measureMemory, measureSpeed } from "./speed.ts";
import { BYSTANDER, FULL_FILE, MEMORY, TARGETS } from "./targets.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    /** Works to measure, by the beginning of their names. */
    only: { type: "string", multiple: true, default: [] },
    /** Where the files are: the disk that is measured. */
    folder: { type: "string", default: "." },
  },
});

const { rounds, executions } = values.quick
  ? { rounds: 4, executions: 10_000 }
  : { rounds: 10, executions: FULL_FILE.executions };
const wanted = (work: string): boolean =>
  values.only.length === 0 || values.only.some((one) => work.toLowerCase().startsWith(one.toLowerCase()));
const targets = TARGETS.filter(({ work }) => wanted(work));
if (targets.length === 0 && !wanted(BYSTANDER.work))
  throw new Error(
    `There is no work called ${values.only.join(", ")}; there are ${[...new Set(TARGETS.map(({ work }) => work)), BYSTANDER.work].join(", ")}.`,
  );

const folder = mkdtempSync(path.join(values.folder, ".bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

const results = await measureSpeed(folder, targets, rounds);
if (wanted(MEMORY.work)) results.push(measureMemory(folder));
if (wanted(BYSTANDER.work)) results.push(await measureBystander(folder));
results.push(...(await measureFullFile(folder, targets, rounds, executions)));

console.log(values.json ? toJson(results) : toTable(results));

/** Finds the scenarios: every file of scenarios/ that exports `scenarios`. A new file needs no list. */
import { globSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Scenario } from "./scenario.ts";

const folder = path.join(import.meta.dirname, "scenarios");

/** All scenarios, by file and in the order of their file. */
export async function loadScenarios(): Promise<readonly Scenario[]> {
  const files = globSync("*.ts", { cwd: folder }).toSorted();
  const modules = await Promise.all(files.map(async (file) => load(file)));
  return modules.flat();
}

async function load(file: string): Promise<readonly Scenario[]> {
  const module = (await import(pathToFileURL(path.join(folder, file)).href)) as { scenarios?: readonly Scenario[] };
  if (module.scenarios === undefined) throw new Error(`scenarios/${file} exports no scenarios`);
  return module.scenarios;
}

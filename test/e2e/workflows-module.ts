/** Writes the module of workflows that the lane deploys: all of all scenarios, and those of the given files. */
import { globSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { exportedWorkflows } from "../../lib/engine/exported-workflows.ts";
import type { Scenario } from "../conformance/scenario.ts";
import { unsupported } from "./unsupported.ts";

const SCENARIOS = path.resolve(import.meta.dirname, "../conformance/scenarios");

/** The scenarios that are deployed. */
export function isDeployed({ id }: Scenario): boolean {
  return !unsupported.some(({ scenario }) => scenario === id);
}

/** Modules that export workflows one by one, as a user's do. */
export async function writeWorkflowsModule(file: string, others: readonly string[]): Promise<void> {
  const scenarios = globSync("*.ts", { cwd: SCENARIOS })
    .toSorted()
    .map((name) => path.join(SCENARIOS, name));
  const lines: string[] = [];
  for (const [at, scenarioFile] of scenarios.entries()) {
    const module = (await import(pathToFileURL(scenarioFile).href)) as { scenarios: readonly Scenario[] };
    const ids = module.scenarios.filter(isDeployed).map(({ id }) => id);
    const count = new Set(module.scenarios.filter(isDeployed).flatMap(({ workflows }) => workflows)).size;
    lines.push(
      `import { scenarios as s${at} } from ${JSON.stringify(scenarioFile)};`,
      `const i${at} = ${JSON.stringify(ids)};`,
      `const w${at} = [...new Set(s${at}.filter(({ id }) => i${at}.includes(id)).flatMap(({ workflows }) => workflows))];`,
      ...Array.from({ length: count }, (_, of) => `export const w${at}x${of} = w${at}[${of}];`),
    );
  }
  for (const [at, other] of others.entries()) {
    const module = (await import(pathToFileURL(other).href)) as Record<string, unknown>;
    const count = exportedWorkflows(module).length;
    if (count === 0) throw new Error(`${other} exports no workflows`);
    lines.push(`export * from ${JSON.stringify(other)};`);
    if ("default" in module) lines.push(`export { default as d${at} } from ${JSON.stringify(other)};`);
  }
  writeFileSync(file, `${lines.join("\n")}\n`);
}

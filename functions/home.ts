/** Once per process: the engine of this stack, with the user's workflows. */
import * as module from "treeline-workflows";
import { exportedPlugins, exportedWorkflows } from "../lib/engine/exported-workflows.ts";
import { openAwsHome } from "../lib/homes/aws/aws-home.ts";
import { readEnv } from "../lib/homes/aws/env.ts";

export const workflows = exportedWorkflows(module);
export const home = openAwsHome(readEnv(process.env), workflows, { plugins: exportedPlugins(module) });

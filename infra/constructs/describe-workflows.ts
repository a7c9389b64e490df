/** Run while a stack is being synthesized, bundled with the user's module: writes what that exports into a file. */
import { writeFileSync } from "node:fs";
import * as module from "treeline-workflows";
import { deployedWorkflows } from "../../lib/homes/aws/env.ts";

const [, , answer] = process.argv;
if (answer === undefined) throw new Error("describe-workflows needs the name of the file to write");
writeFileSync(answer, JSON.stringify(deployedWorkflows(module)));

/** The faults that were fixed, one file per area of the code. Add a file here. */
import type { FaultMutant } from "../fault-mutant.ts";
import { aws } from "./aws.ts";
import { changes } from "./changes.ts";
import { cli } from "./cli.ts";
import { doors } from "./doors.ts";
import { http } from "./http.ts";
import { kernel } from "./kernel.ts";
import { embeddedSimulation } from "./simulation-embedded.ts";
import { waits } from "./waits.ts";

export const faultMutants: readonly FaultMutant[] = [
  ...aws,
  ...changes,
  ...cli,
  ...doors,
  ...http,
  ...kernel,
  ...embeddedSimulation,
  ...waits,
];

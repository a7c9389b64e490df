import type { FaultMutant } from "../fault-mutant.ts";

/** What the simulation of the embedded backend found. */
export const embeddedSimulation: readonly FaultMutant[] = [
  {
    fault: "A12",
    file: "lib/homes/embedded/launcher.ts",
    find: "    return this.#underway.get(id);\n",
    replace: "    return this.#underway.get(id) && undefined;\n",
    why: "a cancel or a stop overtakes the launch of the child",
    test: "test/conformance/embedded.test.ts",
  },
  {
    fault: "A12",
    file: "lib/homes/embedded/launcher.ts",
    find: "    return this.#underway.get(id);\n",
    replace: "    return this.#underway.get(id) && undefined;\n",
    why: "a cancel overtakes the launch of the child, behind a crash",
    test: "test/simulation/cases.test.ts",
  },
  {
    fault: "B24",
    file: "lib/homes/embedded/runtime.ts",
    find: "!this.steps.busy && this.commits.clean;",
    replace: "!this.steps.busy;",
    why: "an engine whose disk refuses counts as at rest, although evictions wait for the disk",
    test: "test/simulation/cases.test.ts",
  },
];

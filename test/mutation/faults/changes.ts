import type { FaultMutant } from "../fault-mutant.ts";

/** Code that changes under open executions. */
export const changes: readonly FaultMutant[] = [
  {
    fault: "A2",
    file: "lib/engine/registered-workflows.ts",
    find: "    if (own !== undefined || versions === undefined) return own;",
    replace: "    if (own !== undefined || versions !== undefined) return own ?? this.find(workflow);",
    why: "a version that is not loaded is replaced by another without a word",
    test: "test/crash/plays.test.ts",
  },
  {
    fault: "A2",
    file: "lib/homes/embedded/blocks.ts",
    find: 'if (this.#onMismatch === "fail" || workflow === undefined) return false;',
    replace: "if (workflow === undefined || workflow.name !== '') return false;",
    why: "an execution fails for good when its code has changed",
    test: "test/crash/plays.test.ts",
  },
  {
    fault: "A2",
    file: "lib/kernel/machine.ts",
    find: "      this.#inserted.push({ ...entry, x: true });",
    replace: "      this.#append({ ...entry, x: true });",
    why: "code that does not fit leaves its insertions in the journal, which then fits no code",
    test: "test/crash/plays.test.ts",
  },
  {
    fault: "A2",
    file: "lib/homes/embedded/blocks.ts",
    find: "      slot.retried = true;\n      this.#runtime.load(slot);",
    replace: "      slot.retried = true;",
    why: "registering code wakes no execution that waits for it",
    test: "test/crash/plays.test.ts",
  },
  {
    fault: "A2",
    file: "lib/homes/embedded/blocks.ts",
    find: "    const isKnown = known?.why === reason && known.n === difference;",
    replace: "    const isKnown = known?.why === reason && known.n === '';",
    why: "an execution is blocked anew, and told again, at every opening",
    test: "test/crash/plays.test.ts",
  },
  {
    fault: "B4",
    file: "lib/kernel/machine.ts",
    find: "    return this.#patches.get(id) ?? this.#firstPatched(id);",
    replace: "    return this.#firstPatched(id);",
    why: "one execution gets both answers for one change",
    test: "test/unit/engine/replay.test.ts",
  },
  {
    fault: "B4",
    file: "lib/kernel/machine.ts",
    find: "    else this.#inserted.push({ ...mark, v: encode(false, id), x: true });",
    replace: "",
    why: "an execution that did without a change gets the change when later code asks elsewhere",
    test: "test/unit/engine/replay.test.ts",
  },
  {
    fault: "B10",
    file: "lib/cli/run-host.ts",
    find: "        (each.source?.digest ?? files) === files,",
    replace: "        (each.source?.digest ?? files) !== '',",
    why: "a second run takes the code that the owner loaded before a file was changed",
    test: "test/unit/cli/second-run.test.ts",
  },
];

import type { FaultMutant } from "../fault-mutant.ts";

const resting = "test/unit/embedded/resting.test.ts";

export const waits: readonly FaultMutant[] = [
  {
    fault: "A11",
    file: "lib/homes/embedded/runtime.ts",
    find: "      parked: slot.tookAll() && whole,",
    replace: "      parked: slot.tookAll() && !whole,",
    why: "what merely waits is not recorded as parked, and is loaded at opening",
    test: resting,
  },
  {
    fault: "A11",
    file: "lib/homes/embedded/runtime.ts",
    find: "    this.commits.wakes(slot.id);\n",
    replace: "",
    why: "the end of a child is durable, and the parent that rests in the file is not woken after a crash",
    test: resting,
  },
  {
    fault: "A11",
    file: "lib/homes/embedded/directory.ts",
    find: "slot.watched ? this.#runtime.store.watchers(slot.id) : []",
    replace: "[]",
    why: "the end of an execution is not told to those that wait for it in the file",
    test: resting,
  },
  {
    fault: "A11",
    file: "lib/homes/embedded/alarms.ts",
    find: "    const found = this.#store.wakes(from, BATCH);",
    replace: "    const found = this.#store.wakes(from, BATCH).slice(1);",
    why: "the index of deadlines leaves one out at opening",
    test: resting,
  },
  {
    fault: "A11",
    file: "lib/homes/embedded/runtime.ts",
    find: `this.#rests(slot, { status: "RUNNING", parked: false });`,
    replace: "return;",
    why: "a step that is tried again runs while the file says that its execution rests, and is not known as interrupted",
    test: resting,
  },
  {
    fault: "B3",
    file: "lib/engine/session.ts",
    find: `if (operation.uses !== undefined) return this.host.watch(entry.k, operation.uses);`,
    replace: "",
    why: "a wait looks for the public id again over a restart",
    test: "test/unit/embedded/found-execution.test.ts",
  },
  {
    fault: "B9",
    file: "lib/homes/embedded/reader-client.ts",
    find: "this.#hooks.unowned === true ? asStored(filter) : filter",
    replace: "filter",
    why: "a filter by status does not hold what the view shows",
    test: "test/unit/embedded/list-status.test.ts",
  },
  {
    fault: "B20",
    file: "lib/homes/real-clock.ts",
    find: "Math.min(left, LONGEST_HOP_MS)",
    replace: "left",
    why: "a deadline does not notice that the wall clock was set forward",
    test: "test/unit/embedded/real-clock.test.ts",
  },
];

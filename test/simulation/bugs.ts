/** Bugs as an engine might have them. The simulation, and nothing else, has to find each within the seeds of a build. */
import type { Change } from "../mutation/apply.ts";

export interface Bug extends Change {
  readonly id: string;
}

const machine = "lib/kernel/machine.ts";
const runtime = "lib/homes/embedded/runtime.ts";
const endings = "lib/homes/embedded/endings.ts";

export const bugs: readonly Bug[] = [
  {
    id: "body-before-commit",
    file: "lib/engine/step-runner.ts",
    find: "this.#session.host.whenDurable(() => {",
    replace: "queueMicrotask(() => {",
    why: "a step's body begins although its operation is not durable yet",
  },
  {
    id: "two-at-once",
    file: machine,
    find: "if (this.#apply(entry)) return this.#host.drain(this.#advance);",
    replace: "if (this.#apply(entry) && this.#replay === undefined) return this.#host.drain(this.#advance);",
    why: "recorded results are delivered without letting the code react in between",
  },
  {
    id: "timeout-untold",
    file: endings,
    find: "    this.#tellParent(slot, fin);\n",
    replace: '    if (fin.status !== "TIMED_OUT") this.#tellParent(slot, fin);\n',
    why: "a child that timed out does not tell its parent",
  },
  {
    id: "early-signal-lost",
    file: machine,
    find: "this.mailbox.put({ seq: this.seq, entry });",
    replace: "if (this.receivers.size > 0) this.mailbox.put({ seq: this.seq, entry });",
    why: "a signal that came before anybody asked for one is lost",
  },
  {
    id: "failure-closes-nothing",
    file: endings,
    find: "    this.closeChildren(children, `its parent ended ${fin.status}`);\n",
    replace: '    if (fin.status !== "FAILED") this.closeChildren(children, `its parent ended ${fin.status}`);\n',
    why: "close policies are not applied when the parent fails",
  },
  {
    id: "step-runs-again",
    file: machine,
    find: "if (isNew && this.#replay === undefined) this.#host.started(operation);",
    replace: "if (this.#replay === undefined || !isNew) this.#host.started(operation);",
    why: "a recorded step runs again on replay",
  },
  {
    id: "child-ids-again",
    file: "lib/kernel/keys.ts",
    find: "hashText(generation === 1 ? key : `${generation}${key}`)}`;\n}\n\n/** Id of a callback",
    replace: "hashText(key)}`;\n}\n\n/** Id of a callback",
    why: "the children of a generation have the ids of those of the generation before",
  },
  {
    id: "cancelled-starts",
    file: machine,
    find: "    if (scope.cancelled !== undefined) {\n      operation.reject(refusal(kind, name, scope.cancelled));\n",
    replace:
      '    if (scope.cancelled !== undefined && kind !== "CHILD") {\n      operation.reject(refusal(kind, name, scope.cancelled));\n',
    why: "a parent that was asked to cancel starts children",
  },
  {
    id: "watchers-dropped",
    file: runtime,
    find: "      session.close();\n      slot.session = undefined;\n",
    replace:
      "      for (const operation of session.machine.open.values()) session.dropped(operation);\n      session.close();\n      slot.session = undefined;\n",
    why: "an execution that is put away does not hear of the ends that it waits for",
  },
  {
    id: "recorded-too-late",
    file: machine,
    find: "      this.#append(entry);\n      return entry;\n",
    replace: "      queueMicrotask(() => this.#append(entry));\n      return entry;\n",
    why: "results are delivered in another order than they are recorded with what the code made of them",
  },
  {
    id: "step-gone-unheard",
    file: "lib/engine/session.ts",
    find: "if (!this.#parked && !this.machine.busy) this.idle();",
    replace: "",
    why: "an execution that let go of its last step does not park (fault B24)",
  },
];

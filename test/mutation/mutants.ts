/**
 * Every rule of lib/kernel/INVARIANTS.md, broken in production code in at least three ways. `find` is as short as it
 * can be and still stand once in its file; test/structure/mutants.test.ts holds that it does.
 */
import type { Mutant } from "./apply.ts";

const machine = "lib/kernel/machine.ts";
const session = "lib/engine/session.ts";
const steps = "lib/engine/step-runner.ts";
const runtime = "lib/homes/embedded/runtime.ts";
const endings = "lib/homes/embedded/endings.ts";
const launcher = "lib/homes/embedded/launcher.ts";
const postman = "lib/homes/embedded/postman.ts";
const directory = "lib/homes/embedded/directory.ts";

const K1: readonly Mutant[] = [
  {
    rule: "K1",
    file: "lib/homes/embedded/lock.ts",
    find: "PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE",
    replace: "PRAGMA journal_mode = MEMORY",
    why: "the owner's lock is not taken: two engines own one file",
    tries: ["play K1-locked"],
  },
  {
    rule: "K1",
    file: runtime,
    find: "      session.close();\n      slot.session = undefined;\n",
    replace: "      slot.session = undefined;\n",
    why: "an execution that is put away goes on beside the one that is brought back: two writers of one journal",
    tries: ["evicted 4-5"],
  },
  {
    rule: "K1",
    file: "lib/homes/embedded/store-writer.ts",
    find: "const first = this.#position + 1;",
    replace: "const first = Math.max(1, this.#position);",
    why: "a commit is written where the last one stands, not behind it",
    tries: ["play K1-append"],
  },
  {
    rule: "K1",
    file: runtime,
    find: "    for (const slot of this.slots.values()) this.forget(slot);\n    try",
    replace: "    try",
    why: "a closed engine leaves its sessions open: their timers and steps go on",
    tries: ["play K1-timers"],
  },
  {
    rule: "K1",
    file: "lib/homes/embedded/commit-log.ts",
    find: "push(this.#group);\n    this.#group = new Group(this.#group.number + 1);\n",
    replace: "push(this.#group);\n",
    why: "a group that was committed is written again with the next one",
    tries: ["play K1-append"],
  },
];

const K2: readonly Mutant[] = [
  {
    rule: "K2",
    file: machine,
    find: `      if (entry.t === "in" && this.#seen?.has(entry.id) === true) continue;\n`,
    replace: "",
    why: "the same inbox item counts as often as it is sent",
    tries: ["seed 10"],
  },
  {
    rule: "K2",
    file: "lib/kernel/mailbox.ts",
    find: "else queue.push(letter);",
    replace: "else queue.unshift(letter);",
    why: "the newest unread signal is read first",
    tries: ["live M18"],
  },
  {
    rule: "K2",
    file: "lib/kernel/receive.ts",
    find: "return b.seq < a.seq ? b : a;",
    replace: "return b.seq > a.seq ? b : a;",
    why: "receive takes what came last in the journal",
    tries: ["live D10"],
  },
  {
    rule: "K2",
    file: runtime,
    find: "    slot.waiting.unshift(...(slot.session?.machine.undelivered() ?? []));\n",
    replace: "",
    why: "inbox items that a generation did not come to are lost with it",
    tries: ["seed 19"],
  },
  {
    rule: "K2",
    file: machine,
    find: "if (run.seen !== undefined) this.#seen = new Set(run.seen);",
    replace: "",
    why: "an item that a generation before took in counts again in the next",
    tries: ["evicted T20-signals"],
  },
  {
    rule: "K2",
    file: "lib/kernel/mailbox.ts",
    find: ".toSorted((a, b) => a.seq - b.seq)",
    replace: ".toSorted((a, b) => b.seq - a.seq)",
    why: "unread signals are handed over to the next generation in the wrong order",
    tries: ["live K2-carried"],
  },
  {
    rule: "K2",
    file: machine,
    find: "seq: at - all.length",
    replace: "seq: 0",
    why: "signals that were carried over are read by the order of the wait's list, not of the journal",
    tries: ["live K2-carried"],
  },
];

const K3: readonly Mutant[] = [
  {
    rule: "K3",
    file: machine,
    find: "if (this.#apply(entry)) return this.#host.drain(this.#advance);",
    replace: "if (this.#apply(entry) && this.#replay === undefined) return this.#host.drain(this.#advance);",
    why: "on replay everything is delivered at once, before the code has reacted to anything",
    tries: ["evicted 4-12"],
  },
  {
    rule: "K3",
    file: "lib/homes/turns.ts",
    find: "process.nextTick(this.#run)",
    replace: "this.#run()",
    why: "the next delivery comes before the microtask queue has run empty",
    tries: ["evicted 9-11"],
  },
  {
    rule: "K3",
    file: machine,
    find: "operation.resolve(this.#valueOf(operation, entry));",
    replace: "operation.resolve(new Promise((told) => setTimeout(() => told(this.#valueOf(operation, entry)))));",
    why: "a result is decoded behind its delivery, in its own time",
    tries: ["live 4-1"],
  },
  {
    rule: "K3",
    file: machine,
    find: "if (isNew && this.#replay === undefined) this.#host.started(operation);",
    replace: "if (this.#replay === undefined || !isNew) this.#host.started(operation);",
    why: "what is replayed is carried out again",
    tries: ["evicted M08-retried"],
  },
  {
    rule: "K3",
    file: machine,
    find: "    this.now = Math.max(this.now, entry.at);\n",
    replace: "    if (this.#replay === undefined) this.now = Math.max(this.now, entry.at);\n",
    why: "the time does not go on while deliveries are replayed",
    tries: ["evicted 2-4"],
  },
];

const K4: readonly Mutant[] = [
  {
    rule: "K4",
    file: "lib/kernel/keys.ts",
    find: "const ordinal = (this.#counts.get(base) ?? 0) + 1;",
    replace: "const ordinal = 1;",
    why: "two operations of one name share a key",
    tries: ["live 5-14"],
  },
  {
    rule: "K4",
    file: "lib/kernel/replay.ts",
    find: "    const isOther = expected !== undefined && isIntent(expected) && sameRequest(expected, intent);\n",
    replace:
      "    if (this.#cursor >= 0) return false;\n    const isOther = expected !== undefined && isIntent(expected) && sameRequest(expected, intent);\n",
    why: "what does not fit the journal is taken for something new",
    tries: ["play K4-renamed"],
  },
  {
    rule: "K4",
    file: "lib/kernel/replay.ts",
    find: "return difference(recorded, asked) === undefined;",
    replace: "return true;",
    why: "a child is recognised by its key alone, whatever its workflow and input",
    tries: ["play K4-other-input"],
  },
  {
    rule: "K4",
    file: machine,
    find: "if (this.#replay?.complete === false) {",
    replace: "if (this.#replay?.complete === undefined) {",
    why: "code that ends before its record does is believed",
    tries: ["play K4-ended"],
  },
  {
    rule: "K4",
    file: "lib/kernel/replay.ts",
    find: `if (isIntent(entry)) throw this.#differs("does not ask for it", this.#cursor);`,
    replace: `if (isIntent(entry)) return undefined;`,
    why: "an operation that is not asked for any more ends the replay in silence",
    tries: ["play K4-last-left-out"],
  },
];

const K5: readonly Mutant[] = [
  {
    rule: "K5",
    file: steps,
    find: "this.#session.host.whenDurable(() => {",
    replace: "queueMicrotask(() => {",
    why: "a step's body begins before anything it depends on is durable",
    tries: ["seed 0"],
  },
  {
    rule: "K5",
    file: postman,
    find: "readonly #durable = (): Promise<void> => new Promise((resolve) => this.#runtime.whenDurable(resolve, OUTSIDE));",
    replace: "readonly #durable = (): Promise<void> => Promise.resolve();",
    why: "outsiders are told that their item was taken before it is durable",
    tries: ["seed 0"],
  },
  {
    rule: "K5",
    file: "lib/homes/embedded/engine-client.ts",
    find: "    await new Promise<void>((resolve) => this.#runtime.whenDurable(resolve, slot.statics.rootId));\n    return handle;\n",
    replace: "    return handle;\n",
    why: "a start is acknowledged before the execution is durable",
    tries: ["seed 0"],
  },
  {
    rule: "K5",
    file: "lib/homes/embedded/commit-log.ts",
    find: "return this.#refused(error);",
    replace: "this.#refused(error);",
    why: "what waited for a commit goes out although the disk refused it",
    tries: ["seed 14"],
  },
  {
    rule: "K5",
    file: steps,
    find: "if (this.#session.resumesAfterCrash && this.#mayHaveBegun(operation)) return this.#interrupted(operation);",
    replace: "",
    why: "an attempt that may have begun before the crash is begun again, also where it may run once only",
    tries: ["seed 68"],
  },
];

const K6: readonly Mutant[] = [
  {
    rule: "K6",
    file: runtime,
    find: "      session.close();\n      slot.session = undefined;\n",
    replace:
      '      for (const operation of session.machine.open.values()) operation.reject(new Error("suspended"));\n      queueMicrotask(() => session.close());\n      slot.session = undefined;\n',
    why: "to be put away is thrown into the code, which catches it and goes on",
    tries: ["evicted K6-try"],
  },
  {
    rule: "K6",
    file: machine,
    find: `      operation.drop();\n      this.mark(under, "DROP", operation.key);\n`,
    replace: `      operation.reject(new Error("closed"));\n      this.mark(under, "DROP", operation.key);\n`,
    why: "a branch whose batch ended without it hears of that by an exception",
    tries: ["live K6-branch"],
  },
  {
    rule: "K6",
    file: machine,
    find: `    this.continueWith(input);\n    return new Promise(() => undefined);\n`,
    replace: `    this.#host.drain(() => this.continueWith(input));\n    return Promise.reject(new Error("continued"));\n`,
    why: "a generation ends by an exception that the code may swallow",
    tries: ["live K6-continue"],
  },
];

const K7: readonly Mutant[] = [
  {
    rule: "K7",
    file: "lib/kernel/keys.ts",
    find: "hashText(generation === 1 ? key : `${generation}${key}`)}`;\n}\n\n/** Id of a callback",
    replace: "hashText(key)}`;\n}\n\n/** Id of a callback",
    why: "a child of the next generation has the id of one of the last",
    tries: ["seed 1"],
  },
  {
    rule: "K7",
    file: machine,
    find: "return childId(this.#collection, this.info.generation, key);",
    replace: "return childId(this.#collection, this.info.generation, `${key}${String(performance.now())}`);",
    why: "a child's id is another one on every pass over the code",
    tries: ["evicted M01"],
  },
  {
    rule: "K7",
    file: launcher,
    find: "if (again && (this.#underway.has(child.id) || this.#isThere(parent, key, child))) return;",
    replace: "",
    why: "a child that is started a second time begins a second time",
    tries: ["evicted M03-execute"],
  },
  {
    rule: "K7",
    file: launcher,
    find: "this.#runtime.store.head(child.id) ?? this.#taken(namespace, child)",
    replace: "this.#taken(namespace, child)",
    why: "a child that ended before its parent came back is started again",
    tries: ["seed 13"],
  },
  {
    rule: "K7",
    file: "lib/kernel/keys.ts",
    find: "return `${root}-${hashText(parentId)}`;",
    replace: "return `${root}-${hashText(root)}`;",
    why: "children of different parents in one tree have the same id",
    tries: ["live depth-engine"],
  },
  {
    rule: "K7",
    file: session,
    find: `      case "CHILD":\n        this.#armFire(operation);\n`,
    replace: `      case "CHILD":\n`,
    why: "the wait for a child is not armed when the child begins",
    tries: ["live field-j-request_cancel"],
  },
];

const K8: readonly Mutant[] = [
  {
    rule: "K8",
    file: endings,
    find: "    this.#tellParent(slot, fin);\n",
    replace: "",
    why: "the parent does not hear of the end",
    tries: ["live 5-1"],
  },
  {
    rule: "K8",
    file: endings,
    find: "    this.#runtime.directory.tellWatchers(slot, fin);\n",
    replace: "",
    why: "whoever waits for the result by a handle does not hear of the end",
    tries: ["live M02-twice"],
  },
  {
    rule: "K8",
    file: launcher,
    find: "    } catch (error) {\n      this.#refuse(parent, key, error, generation);\n    }\n",
    replace: "    } catch {\n      // nobody hears of it\n    }\n",
    why: "a start that fails does not take the path of every other end: the parent waits for ever",
    tries: ["live M08-retried"],
  },
  {
    rule: "K8",
    file: launcher,
    find: "    else this.#runtime.directory.watch(parent, key, known.id);\n",
    replace: "",
    why: "a parent that comes back after the end of its child is not told of it",
    tries: ["crash-slow M14-limit-1"],
  },
  {
    rule: "K8",
    file: endings,
    find: "    if (this.#endSession(slot, status, e)) return;\n    const entries",
    replace: "    const entries",
    why: "a stop overwrites an end that came while the journal was read",
    tries: ["play K8-codeless"],
  },
];

const K9: readonly Mutant[] = [
  {
    rule: "K9",
    file: runtime,
    find: "!session.parked || ",
    replace: "",
    why: "an execution that has been woken while its park became durable is put away all the same",
    tries: ["evicted 5-12"],
  },
  {
    rule: "K9",
    file: "lib/homes/embedded/slots.ts",
    find: "    if (wakeAt !== undefined) this.#runtime.alarms.set(slot.id, wakeAt);\n",
    replace: "",
    why: "an execution is put away without a deadline",
    tries: ["evicted 4-3"],
  },
  {
    rule: "K9",
    file: runtime,
    find: "    this.wakes(slot);\n    this.load(slot);\n",
    replace: "    this.wakes(slot);\n",
    why: "a delivery to an execution that was put away does not wake it",
    tries: ["evicted M01"],
  },
  {
    rule: "K9",
    file: machine,
    find: `      if ("k" in entry && !this.open.has(entry.k)) continue;\n`,
    replace: "",
    why: "a wake that comes too late or twice breaks the execution",
    tries: ["evicted M02-twice"],
  },
  {
    rule: "K9",
    file: directory,
    find: "if (slot.fin !== undefined) return",
    replace: "if (slot.fin !== undefined && watcher === slot) return",
    why: "who begins to wait in the moment of the end waits for ever",
    tries: ["live M08-again"],
  },
  {
    rule: "K9",
    file: session,
    find: "      this.#parked = false;\n      callback();\n",
    replace: "      callback();\n",
    why: "an execution counts as parked while its timer goes off",
    tries: ["seed 2"],
  },
];

const K10: readonly Mutant[] = [
  {
    rule: "K10",
    file: endings,
    find: "    this.closeChildren(children, `its parent ended ${fin.status}`);\n",
    replace: "",
    why: "no close policy is applied",
    tries: ["live M03-execute"],
  },
  {
    rule: "K10",
    file: endings,
    find: `policy === "abandon" ? undefined : this.#runtime.slots.find(id);`,
    replace: "this.#runtime.slots.find(id);",
    why: "abandoned children are asked to cancel with their parent",
    tries: ["play K10-codeless"],
  },
  {
    rule: "K10",
    file: machine,
    find: "    if (scope.cancelled !== undefined) {\n      operation.reject(refusal(kind, name, scope.cancelled));\n",
    replace:
      "    if (scope.cancelled !== undefined && this.#ended) {\n      operation.reject(refusal(kind, name, scope.cancelled));\n",
    why: "a cancelled parent starts new children",
    tries: ["live T07"],
  },
  {
    rule: "K10",
    file: machine,
    find: "  #applyError(operation: Operation, entry: ErrEntry): void {\n",
    replace: `  #applyError(operation: Operation, entry: ErrEntry): void {\n    if (entry.status === "CANCELLED") this.#cancel("a child was cancelled");\n`,
    why: "a cancelled child cancels its parent",
    tries: ["live M24-cancelled"],
  },
  {
    rule: "K10",
    file: endings,
    find: "if (session === undefined || session.machine.replaying) return false;",
    replace: "if (session === undefined) return false;",
    why: "the cascade of an end in the middle of a replay misses the children that have not been replayed",
    tries: ["play K10-replaying"],
  },
  {
    rule: "K10",
    file: machine,
    find: "this.children = new ChildLedger(run.children);",
    replace: "this.children = new ChildLedger();",
    why: "the cascade does not know the children of generations before",
    tries: ["live T18-terminate-continued"],
  },
  {
    rule: "K10",
    file: "lib/kernel/scope.ts",
    find: "    for (const child of this.#children ?? []) if (!child.shielded) child.cancel(reason, each);\n",
    replace: "",
    why: "a cancel does not reach into child contexts and batches",
    tries: ["live cancel-waits"],
  },
  {
    rule: "K10",
    file: runtime,
    find: `    if (run.cause === "retry") this.endings.closeChildren(children, "its parent failed and is retried", stops);\n`,
    replace: "",
    why: "children of a failed attempt go on beside those of the next",
    tries: ["seed 16"],
  },
];

const K11: readonly Mutant[] = [
  {
    rule: "K11",
    file: runtime,
    find: "    this.#deactivate(slot);\n    this.#parked.delete(slot);\n    this.#parked.add(slot);\n",
    replace: "    this.#parked.delete(slot);\n    this.#parked.add(slot);\n",
    why: "a parked execution keeps its slot: a parent and its children block each other",
    tries: ["seed 1"],
  },
  {
    rule: "K11",
    file: runtime,
    find: "if (this.#parked.size <= keep) return;",
    replace: "if (keep >= 0) return;",
    why: "parked executions stay in memory for ever",
    tries: ["seed 0", "seed 1", "seed 2", "seed 3", "seed 4"],
  },
  {
    rule: "K11",
    file: "lib/homes/embedded/step-slots.ts",
    find: "    this.#running -= 1;\n",
    replace: "",
    why: "a step that has ended keeps its worker",
    tries: ["seed 1", "seed 2", "seed 3"],
  },
  {
    rule: "K11",
    file: session,
    find: "if (!this.#parked && !this.machine.busy) this.idle();",
    replace: "",
    why: "an execution whose last step was given up is never put away",
    tries: ["live K11-given-up"],
  },
  {
    rule: "K11",
    file: "lib/homes/embedded/admission.ts",
    find: "    while (this.hasRoom && this.#outside.size > 0) this.#outside.shift()?.();\n",
    replace: "",
    why: "a slot that became free is given to nobody",
    tries: ["seed 3"],
  },
];

const K12: readonly Mutant[] = [
  {
    rule: "K12",
    file: machine,
    find: "this.#random ??= createRandom(`${this.info.executionId}:${this.info.generation}`);",
    replace: "this.#random ??= Math.random;",
    why: "the code gets other random numbers on every pass",
    tries: ["evicted K12-draws"],
  },
  {
    rule: "K12",
    file: "lib/kernel/context-api.ts",
    find: "return new Date(this.#machine.now);",
    replace: "return new Date();",
    why: "the code sees the clock on the wall",
    tries: ["live K12-draws"],
  },
  {
    rule: "K12",
    file: session,
    find: '  succeed(operation: Operation, v: Payload | undefined): void {\n    this.deliver({ t: "ok", k: operation.key, at: this.host.clock.now(),',
    replace:
      '  succeed(operation: Operation, v: Payload | undefined): void {\n    this.deliver({ t: "ok", k: operation.key, at: Date.now(),',
    why: "the time of a delivery comes from the clock on the wall",
    tries: ["live K12-draws"],
  },
  {
    rule: "K12",
    file: launcher,
    find: "    const now = this.#runtime.clock.now();\n    const id =",
    replace: "    const now = Date.now();\n    const id =",
    why: "deadlines count from the clock on the wall",
    tries: ["live M24-timed_out"],
  },
  {
    rule: "K12",
    file: launcher,
    find: "parent?.child.id ?? this.#runtime.ids.root()",
    replace: "String(performance.now())",
    why: "ids come from nowhere",
    tries: ["live 5-1"],
  },
];

const isolation: readonly Mutant[] = [
  {
    rule: "fault:B2",
    file: session,
    find: "if (place === this.#place) return undefined;",
    replace: "return undefined;",
    why: "the context is taken in the body of a step, which no replay comes to",
    tries: ["live fault-B2"],
  },
  {
    rule: "fault:B2",
    file: machine,
    find: "return scope.closed ?",
    replace: "return scope.closed && this.#away ?",
    why: "a call from a branch that was left gets a promise that never settles",
    tries: ["live fault-B2-left"],
  },
  {
    rule: "fault:A7",
    file: "lib/homes/embedded/determinism-guard.ts",
    find: "if (under(there) !== there) Reflect.set(holder, key, under(there));",
    replace: "Reflect.set(holder, key, under(there) === there ? undefined : under(there));",
    why: "a guard that closes takes away the replacement of somebody else",
    tries: ["play A7-globals"],
  },
  {
    rule: "fault:A8",
    file: session,
    find: "this.runOutside(() => this.host.log(line));",
    replace: "this.host.log(line);",
    why: "the sink of the log is taken for workflow code",
    tries: ["play A8-sink"],
  },
  {
    rule: "fault:A3",
    file: "lib/homes/embedded/round-limit.ts",
    find: "    this.#held = isHeldUp(group.waiting, running) ? this.#held + 1 : 0;",
    replace: "    this.#held = 0;",
    why: "an execution waits for its commit until the code of all others has come to rest",
    tries: ["play A3-others"],
  },
  {
    rule: "fault:A3",
    file: "lib/homes/embedded/round-limit.ts",
    find: "      group.entries >= LONGEST.entries ||\n      group.bytes >= LONGEST.bytes ||\n",
    replace: "",
    why: "a loop that never rests is never committed",
    tries: ["play A3-alone"],
  },
  {
    rule: "fault:A4",
    file: "lib/kernel/causes.ts",
    find: "isError(each) && !seen.has(each) && seen.size < MAX_CAUSES",
    replace: "isError(each)",
    why: "a circle of causes is followed for ever",
    tries: ["live fault-A4"],
  },
  {
    rule: "fault:A1",
    file: "lib/homes/rejections.ts",
    find: "if (place === undefined) return false;",
    replace: "return false;",
    why: "a rejection of workflow code that nothing handles yet ends the process",
    tries: ["live fault-A1"],
  },
  {
    rule: "fault:A1",
    file: session,
    find: "if (unhandled === undefined) this.#returned(value);",
    replace: "if (unhandled !== value) this.#returned(value);",
    why: "a rejection that nothing handled is lost, and the execution succeeds",
    tries: ["live fault-A1-never"],
  },
  {
    rule: "fault:A1",
    file: session,
    find: "return this.host.afterRejections(() => this.#judge(result.value));",
    replace: "return this.#judge(result.value);",
    why: "an execution is judged before its last rejections are known",
    tries: ["live fault-A1-places"],
  },
];

export const mutants: readonly Mutant[] = [
  ...isolation,
  ...K1,
  ...K2,
  ...K3,
  ...K4,
  ...K5,
  ...K6,
  ...K7,
  ...K8,
  ...K9,
  ...K10,
  ...K11,
  ...K12,
];

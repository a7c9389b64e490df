/** What the author's and the host's functions lead to when they fail: the rows of docs/user-code.md. */
export interface HookRow {
  readonly hook: string;
  readonly throws: string;
  readonly hangs: string;
  readonly nonsense: string;
}

const waits = "the execution waits; its timeout, a cancel or a stop ends it";
const blocks = "it is synchronous: the whole process stands still";

export const hooks: readonly HookRow[] = [
  {
    hook: "log sink",
    throws: "told once on standard error, nothing else",
    hangs: blocks,
    nonsense: "ignored; a promise that rejects is a throw",
  },
  {
    hook: "plugin hook",
    throws: "a `warn` line, nothing else",
    hangs: "nothing waits for a promise that it gives",
    nonsense: "ignored; a promise that rejects is a throw",
  },
  {
    hook: "input schema",
    throws: "the start is refused with that error, and nothing exists",
    hangs: "the start does not resolve",
    nonsense: "the start is refused: `invalid_argument`",
  },
  {
    hook: "output schema",
    throws: "the execution fails with that error",
    hangs: waits,
    nonsense: "the execution fails: `invalid_argument`",
  },
  {
    hook: "step schema",
    throws: "the attempt fails with that error, and is retried",
    hangs: "the attempt waits; its timeout ends it",
    nonsense: "the attempt fails: `invalid_argument`",
  },
  {
    hook: "signal schema",
    throws: "the signal is refused with that error, and nobody is woken",
    hangs: "the signal does not resolve",
    nonsense: "the signal is refused: `invalid_argument`",
  },
  {
    hook: "callback schema",
    throws: "the answer is refused with that error, and the callback stays open",
    hangs: "the answer does not resolve",
    nonsense: "the answer is refused: `invalid_argument`",
  },
  {
    hook: "retry strategy",
    throws: "the step fails with that error, its cause is the failure",
    hangs: blocks,
    nonsense: "the step fails: `invalid_argument`, its cause is the failure",
  },
  {
    hook: "wait strategy",
    throws: "`waitForCondition` fails with that error",
    hangs: blocks,
    nonsense: "`waitForCondition` fails: `invalid_argument`",
  },
  {
    hook: "state predicate",
    throws: "the wait that asked fails with that error",
    hangs: blocks,
    nonsense: "counts as true or false; a promise fails the wait: `invalid_argument`",
  },
  {
    hook: "codec",
    throws: "an `error` line; executions wait, and the commit is tried again every second",
    hangs: "nothing becomes durable, so executions wait",
    nonsense: "stored as it is; what cannot be read back keeps its execution from being replayed",
  },
];

/** One scenario, played without a crash and with crashes behind chosen calls. Judges, but makes no tests of it. */
import { isGap } from "../conformance/gap-rows.ts";
import { observe, verify } from "../conformance/runner.ts";
import type { Scenario } from "../conformance/scenario.ts";
import { type CrashOutcome, differences, journalProblems, outcomeOf } from "./crash-outcome.ts";
import { type CrashPlan, mortalHome } from "./process-model.ts";

/** Scenarios with more calls than this die at a sample of them: evenly spread, the first and the last included. */
const MOST_CRASHES = 200;

/** Scenarios that a crash may change, and why. */
export const CHANGED_BY_A_CRASH: ReadonlyMap<string, string> = new Map([
  [
    "1-17-uninterrupted",
    "an at-most-once step that a crash interrupts fails: interrupted.test.ts has what happens then",
  ],
  ["1-18-uninterrupted", "an at-most-once step that a crash interrupts counts an attempt: interrupted.test.ts"],
  ["A12-request_cancel", "the batch ends before the child that it asked for was created, so there is none"],
  ["A12-terminate", "the batch ends before the child that it asked for was created, so there is none"],
  ["B19-merge", "a client that got no answer patches again, after the workflow has set another value"],
]);

/** Executions that two events of the same moment race for: which comes first after a restart, nobody promises. */
export const EITHER_WAY: ReadonlyMap<string, { readonly path: string; readonly reason: string }> = new Map([
  ...["field-e-cancel", "field-e-stop"].map((id): [string, { path: string; reason: string }] => [
    id,
    {
      path: "/child",
      reason: "its wait ends in the millisecond in which it is asked to end; the root judges that it has one end",
    },
  ]),
  [
    "B1-cancel-requested",
    {
      path: "id:B1-cancel-requested",
      reason: "the answer to its cancel is recorded, or the end that the cancel brings",
    },
  ],
]);

export type Mode = Omit<CrashPlan, "diesAt">;

export interface Unharmed {
  readonly calls: number;
  readonly outcome: CrashOutcome;
  /** What was wrong without any crash. */
  readonly problems: readonly string[];
}

export async function playUnharmed(scenario: Scenario, mode: Mode): Promise<Unharmed> {
  const home = mortalHome({ ...mode, diesAt: () => false });
  const observation = await observe(scenario, home);
  if (!isGap(scenario)) verify(scenario, observation);
  const { calls, problems, disk } = home.machine;
  return {
    calls,
    outcome: judged(scenario, outcomeOf(observation)),
    problems: [...problems, ...journalProblems(disk)],
  };
}

export async function playAndCrash(
  scenario: Scenario,
  outcome: CrashOutcome,
  mode: Mode,
  crashes: readonly number[],
): Promise<string[]> {
  const home = mortalHome({ ...mode, diesAt: (call) => crashes.includes(call) });
  const observation = await observe(scenario, home);
  const { problems, disk } = home.machine;
  const found = [
    ...problems,
    ...journalProblems(disk),
    ...differences(outcome, judged(scenario, outcomeOf(observation))),
  ];
  return found.map((problem) => `crash behind call ${crashes.join(" and ")}: ${problem}`);
}

function judged({ id }: Scenario, outcome: CrashOutcome): CrashOutcome {
  const executions = [...outcome.executions].filter(([path]) => path !== EITHER_WAY.get(id)?.path);
  return { ...outcome, executions: new Map(executions) };
}

export function diesAt(call: number, again: number | undefined): readonly number[] {
  return again === undefined ? [call] : [call, call + again];
}

export function crashPoints(calls: number): readonly number[] {
  if (calls <= MOST_CRASHES) return Array.from({ length: calls }, (_, i) => i + 1);
  const step = (calls - 1) / (MOST_CRASHES - 1);
  return Array.from({ length: MOST_CRASHES }, (_, i) => 1 + Math.round(i * step));
}

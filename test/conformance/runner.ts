/**
 * Plays a scenario on any home, and holds what happened against what was expected.
 *
 * Job: the order of things: start, let work come to rest, act from outside, let time go on, until the end.
 * Boundary: sees only a client and a clock (`Opened`); compares nothing itself (expect-check.ts).
 */
import type { Client, ExecutionDetail, ExecutionEvent, TreeNode } from "../../lib/ports/client.ts";
import type { LogLine } from "../../lib/ports/log-sink.ts";
import { check } from "./expect-check.ts";
import { Outside } from "./runner-outside.ts";
import { locate } from "./runner-paths.ts";
import { type Scenario, type ScriptAction, units } from "./scenario.ts";

/** A home that scenarios run on. */
export interface HomeUnderTest {
  readonly name: string;
  /** Scenarios that this home cannot do, and why; they must fail there (H26). */
  readonly unsupported?: readonly { readonly scenario: string; readonly reason: string }[];
  open(workflows: Scenario["workflows"], options: NonNullable<Scenario["engine"]>): Promise<Opened>;
}

/** An engine with its own empty store. */
export interface Opened {
  readonly client: Client;
  /** Milliseconds of the engine's clock since `open`. */
  now(): number;
  /** Resolves when nothing can happen without time or the outside. A home of real time: after a short pause. */
  idle(): Promise<void>;
  /**
   * Lets time go on to the next timer, but not beyond `limitMs` (as `now` counts). False when there is neither: nothing
   * would ever happen again. A home of real time: true after a short pause, false when its patience has ended.
   */
  advance(limitMs?: number): Promise<boolean>;
  /** A home of real time: when the execution began, as `now` counts; or soon, when it does not. */
  begun?(root: { readonly id: string; readonly namespace: string | undefined } | undefined): Promise<number>;
  /** What was logged so far, where it can be seen. */
  readonly logs?: readonly LogLine[];
  close(): Promise<void>;
}

/** What a client showed at the end. */
export interface Observation {
  readonly home: string;
  /** The root's tree by path, other trees below `id:<public id>`. */
  readonly executions: ReadonlyMap<string, ExecutionDetail>;
  /** Of all trees, the root's first. */
  readonly events: readonly ObservedEvent[];
  /** What went wrong on the way: starts and actions that were refused, or not refused, against expectation. */
  readonly problems: readonly string[];
  /** Messages of the lines about executions, where the home shows its log. */
  readonly logs?: readonly string[];
}

export interface ObservedEvent extends ExecutionEvent {
  /** Path of its execution, as the keys of `executions`. */
  readonly treePath: string;
}

/** A scenario that goes on longer than this never comes to rest. */
const MAX_ROUNDS = 5_000;

/** Plays `scenario` on `home`. @throws Error that lists every difference from what was expected */
export async function runScenario(scenario: Scenario, home: HomeUnderTest): Promise<void> {
  verify(scenario, await observe(scenario, home));
}

/** @throws Error that lists every difference from what was expected */
export function verify(scenario: Scenario, observation: Observation): void {
  const differences = check(scenario, observation);
  if (differences.length === 0) return;
  const head = `${scenario.id} ${scenario.title} [${observation.home}]`;
  throw new Error([head, ...differences, "What happened:", ...describe(observation)].join("\n"));
}

/** Plays `scenario` on `home` and tells what happened, without judging it. */
export async function observe(scenario: Scenario, home: HomeUnderTest): Promise<Observation> {
  const opened = await home.open(scenario.workflows, scenario.engine ?? {});
  try {
    const outside = new Outside(opened.client);
    await play(scenario, opened, outside);
    const seen = await look(home, opened.client, outside);
    return opened.logs === undefined ? seen : { ...seen, logs: messagesOf(opened.logs) };
  } finally {
    await opened.close();
  }
}

function messagesOf(logs: readonly LogLine[]): string[] {
  return logs.filter(({ executionId }) => executionId !== undefined).map(({ message }) => message);
}

async function play(scenario: Scenario, opened: Opened, outside: Outside): Promise<void> {
  const asked = opened.now();
  for (const start of scenario.start) await outside.start(start);
  // Times are those of the execution: in real time somebody has to take it up first.
  const begin = (await opened.begun?.(outside.roots[0])) ?? asked;
  let todo: readonly ScriptAction[] = scenario.script ?? [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    await opened.idle();
    const ready = await readyActions(todo, opened.now() - begin, outside);
    todo = todo.filter((action) => !ready.includes(action));
    for (const action of ready) await outside.act(action);
    if (ready.length > 0) continue;
    const next = nextTime(todo);
    if (next === undefined && (await outside.allEnded())) {
      // What it has ended with may be what an action waits for, and came after that was looked at.
      if ((await readyActions(todo, opened.now() - begin, outside)).length > 0) continue;
      return missed(todo, outside);
    }
    const moved = await opened.advance(next === undefined ? undefined : begin + next);
    if (!moved) return missed(todo, outside);
  }
  outside.problems.push(`did not come to rest in ${MAX_ROUNDS} rounds`);
}

/** The actions of the script that are due or whose conditions hold, in the script's order. */
async function readyActions(
  todo: readonly ScriptAction[],
  now: number,
  outside: Outside,
): Promise<readonly ScriptAction[]> {
  const ready: ScriptAction[] = [];
  // One look for all: in real time a later look could show more, and change the order.
  const looks = new Map<string, Promise<boolean>>();
  const holds = (when: Parameters<Outside["holds"]>[0]): Promise<boolean> => {
    const key = JSON.stringify(when);
    const look = looks.get(key) ?? outside.holds(when);
    looks.set(key, look);
    return look;
  };
  for (const action of todo) {
    if ("at" in action ? units(action.at) <= now : await holds(action.when)) ready.push(action);
  }
  return ready;
}

function nextTime(todo: readonly ScriptAction[]): number | undefined {
  const times = todo.flatMap((action) => ("at" in action ? [units(action.at)] : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

function missed(todo: readonly ScriptAction[], outside: Outside): void {
  for (const action of todo) {
    const when = "at" in action ? `at ${action.at}` : `when ${JSON.stringify(action.when)}`;
    outside.problems.push(`script: the moment for ${action.do.kind} (${when}) never came`);
  }
}

// ---- what happened ----------------------------------------------------------------------------------------------

async function look(home: HomeUnderTest, client: Client, outside: Outside): Promise<Observation> {
  const executions = new Map<string, ExecutionDetail>();
  const events: ObservedEvent[] = [];
  for (const [index, { id, namespace }] of outside.roots.entries()) {
    const tree = await client.tree(id, namespace);
    const prefix = index === 0 ? "" : `id:${tree.execution.publicId}`;
    const paths = pathsById(tree, prefix);
    for (const [executionId, path] of paths) executions.set(path, await client.get(executionId, namespace));
    for await (const event of client.events(id, {}, namespace)) {
      events.push({ ...event, treePath: paths.get(event.executionId) ?? "(unknown)" });
    }
  }
  return { home: home.name, executions, events, problems: outside.problems };
}

function pathsById(tree: TreeNode, prefix: string): Map<string, string> {
  const entries = [...locate(tree)].map(([path, view]): [string, string] => [view.id, prefixed(prefix, path)]);
  return new Map(entries);
}

function prefixed(prefix: string, path: string): string {
  return prefix !== "" && path === "/" ? prefix : `${prefix}${path}`;
}

/** For people who look at a failure. */
function describe({ executions }: Observation): string[] {
  return [...executions].flatMap(([path, detail]) => [
    `  ${path} ${detail.workflow} ${detail.status}${detail.error === undefined ? "" : ` (${detail.error.message})`}`,
    ...detail.operations.map((operation) => `    ${operation.key} ${operation.status} ×${operation.attempts}`),
  ]);
}

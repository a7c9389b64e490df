/** Holds what happened against a scenario's expectation. Pure: returns one line per difference. */
import type { ExecutionDetail, OperationView } from "../../lib/ports/client.ts";
import { compare, compareError, isEqual, show, storedError } from "./expect-compare.ts";
import { normalPath, scopeNames } from "./runner-paths.ts";
import type { Observation, ObservedEvent } from "./runner.ts";
import type { EventExpectation, Expectation, OperationExpectation, Scenario, TreeExpectation } from "./scenario.ts";

/** Every difference, in the order of the expectation's fields. */
export function check(scenario: Scenario, observation: Observation): string[] {
  const { expect } = scenario;
  const { executions, problems } = observation;
  const found = problems.map((problem) => `  ${problem}`);
  const root = executions.get("/");
  if (root === undefined) {
    const refused = scenario.start.some((start) => start.refused !== undefined);
    return refused ? found : [...found, "  no execution was started"];
  }
  found.push(
    ...checkExecution("/", expect, root),
    ...checkTree(expect, executions),
    ...checkEvents(expect, observation),
  );
  if (expect.someOperations !== undefined) found.push(...findOperations("/", expect.someOperations, root.operations));
  if (expect.state !== undefined) found.push(...compare("/ state", expect.state, root.state));
  if (expect.logs !== undefined && observation.logs !== undefined)
    found.push(...compare("logs", expect.logs, observation.logs));
  if (expect.documents !== undefined) {
    const documents = Object.fromEntries(root.documents.map(({ id, value }) => [id, value]));
    found.push(...compare("/ documents", expect.documents, documents));
  }
  return found;
}

// ---- executions -------------------------------------------------------------------------------------------------

function checkExecution(path: string, expected: TreeExpectation | Expectation, actual: ExecutionDetail): string[] {
  const found = compare(`${path} status`, expected.status, actual.status);
  for (const field of ["workflow", "output", "depth", "generation"] as const) {
    if (!Object.hasOwn(expected, field)) continue;
    found.push(...compare(`${path} ${field}`, (expected as TreeExpectation)[field], actual[field]));
  }
  if (expected.error !== undefined) {
    found.push(...compareError(`${path} error`, expected.error, storedError(actual.error)));
  }
  if (expected.operations !== undefined) {
    found.push(...checkOperations(path, expected.operations, actual.operations));
  }
  return found;
}

function checkTree({ tree = {}, exact = false }: Expectation, executions: Observation["executions"]): string[] {
  const found: string[] = [];
  const listed = new Set(["/"]);
  for (const [path, expected] of Object.entries(tree)) {
    const [key, actual] = findExecution(normalPath(path), executions);
    listed.add(key);
    if (actual === undefined) found.push(`  ${path}: expected ${show(expected)}, got no such execution`);
    else found.push(...checkExecution(path, expected, actual));
  }
  if (!exact) return found;
  const others = [...executions.keys()].filter((path) => !listed.has(path));
  return [...found, ...others.map((path) => `  ${path}: not expected`)];
}

/** `id:xyz` addresses by public id, wherever in any tree the execution stands; the latest one that bears it. */
function findExecution(path: string, executions: Observation["executions"]): [string, ExecutionDetail | undefined] {
  if (!path.startsWith("id:")) return [path, executions.get(path)];
  const bearers = [...executions].filter(([, { publicId }]) => `id:${publicId}` === path);
  return bearers.toSorted(([, a], [, b]) => a.createdAt - b.createdAt).at(-1) ?? [path, undefined];
}

// ---- operations -------------------------------------------------------------------------------------------------

/** All of them, one by one. */
function checkOperations(
  path: string,
  expected: readonly OperationExpectation[],
  actual: readonly OperationView[],
): string[] {
  const sameShape =
    expected.length === actual.length &&
    expected.every(({ kind, name }, i) => kind === actual[i]?.kind && (name ?? actual[i]?.name) === actual[i]?.name);
  if (!sameShape) {
    const wanted = expected.map((operation) => `      ${label(operation)}`);
    const got = actual.map((operation) => `      ${label(operation)}`);
    return [`  ${path} operations: expected`, ...wanted, "    got", ...got];
  }
  return expected.flatMap((operation, i) => differences(`${path} ${label(operation)}`, operation, actual[i]));
}

/** Some of them, in their order. */
function findOperations(
  path: string,
  expected: readonly OperationExpectation[],
  actual: readonly OperationView[],
): string[] {
  let from = 0;
  for (const operation of expected) {
    const index = actual.findIndex((candidate, i) => i >= from && differences("", operation, candidate).length === 0);
    if (index < 0)
      return [`  ${path} operations: no ${label(operation)} like ${show(operation)} from number ${from} on`];
    from = index + 1;
  }
  return [];
}

function differences(where: string, expected: OperationExpectation, actual: OperationView | undefined): string[] {
  if (actual === undefined) return [`  ${where}: missing`];
  const found: string[] = [];
  for (const field of ["kind", "name", "status", "attempts", "result"] as const) {
    if (Object.hasOwn(expected, field)) found.push(...compare(`${where} ${field}`, expected[field], actual[field]));
  }
  if (expected.scope !== undefined) {
    found.push(...compare(`${where} scope`, expected.scope, scopeNames(actual.scope)));
  }
  if (expected.error !== undefined) {
    found.push(...compareError(`${where} error`, expected.error, storedError(actual.error)));
  }
  return found;
}

function label({ kind, name, status }: Pick<OperationExpectation, "kind" | "name" | "status">): string {
  return [kind, name, status].filter((part) => part !== undefined).join(" ");
}

// ---- events -----------------------------------------------------------------------------------------------------

function checkEvents({ events = [], noEvents = [] }: Expectation, observation: Observation): string[] {
  const found: string[] = [];
  let from = 0;
  for (const expected of events) {
    const index = observation.events.findIndex((event, i) => i >= from && isEvent(expected, event, observation));
    if (index < 0) {
      const seen = observation.events.map((event) => `      ${eventLabel(event)}`);
      found.push(`  events: no ${show(expected)} from number ${from} on, in`, ...seen);
      break;
    }
    from = index + 1;
  }
  for (const expected of noEvents) {
    const event = observation.events.find((candidate) => isEvent(expected, candidate, observation));
    if (event !== undefined) found.push(`  events: must not occur: ${eventLabel(event)}`);
  }
  return found;
}

function isEvent(expected: EventExpectation, actual: ObservedEvent, { executions }: Observation): boolean {
  if (expected.type !== actual.type) return false;
  if (expected.path !== undefined && findExecution(normalPath(expected.path), executions)[0] !== actual.treePath) {
    return false;
  }
  return (["name", "attempt", "data"] as const).every(
    (field) => !Object.hasOwn(expected, field) || isEqual(expected[field], actual[field]),
  );
}

function eventLabel({ type, treePath, name, attempt }: ObservedEvent): string {
  return [type, treePath, name, attempt === undefined ? undefined : `attempt ${attempt}`]
    .filter((part) => part !== undefined)
    .join(" ");
}

/**
 * K3, the prefix test: whatever part of a journal has survived, the code asks for exactly what the record goes on with,
 * up to the next delivery. Over every journal of every scenario.
 */
import { describe, expect, it } from "vitest";
import { type HomeUnderTest, observe } from "../../conformance/runner.ts";
import { loadScenarios } from "../../conformance/runner-scenarios.ts";
import type { Scenario } from "../../conformance/scenario.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import type { Entry, RunEntry } from "../../../lib/kernel/journal.ts";
import type { CodeResult } from "../../../lib/kernel/kernel-host.ts";
import { isIntent } from "../../../lib/kernel/replay.ts";
import type { Client, ExecutionView } from "../../../lib/ports/client.ts";
import { embeddedHome } from "../../helpers/embedded-home.ts";
import { replay } from "../../helpers/replay.ts";

interface Recorded {
  readonly view: ExecutionView;
  /** One generation, without its end. */
  readonly journal: readonly Entry[];
  /** How its code may have ended: undefined when it was ended from outside, or has not ended. */
  readonly ends: readonly (CodeResult["kind"] | undefined)[];
}

/** Prefixes of one journal, at most. */
const MOST_PREFIXES = 50;

const scenarios = await loadScenarios();

describe("every prefix of every journal", () => {
  it.each(scenarios.map((scenario): [string, Scenario] => [scenario.id, scenario]))(
    "asks for what is recorded: %s",
    async (_id, scenario) => {
      const workflows = new Map<string, Workflow>(scenario.workflows.map((workflow) => [workflow.name, workflow]));
      for (const { view, journal, ends } of await recordings(scenario)) {
        const workflow = workflows.get(view.workflow);
        // One that was handed over as an object: the scenario does not show its code.
        if (workflow === undefined) continue;
        const info = infoOf(view, journal[0] as RunEntry);
        for (const length of lengths(journal)) {
          const { misfit, appended, result } = await replay(workflow, journal.slice(0, length), {
            info,
            ...limits(scenario),
          });
          const rest = journal.slice(length);
          const where = `${view.path}, ${length} of ${journal.length} entries`;
          expect({ where, misfit, asked: appended.map(comparable) }).toEqual({
            where,
            misfit: undefined,
            asked: next(rest),
          });
          expect(rest.every(isIntent) ? ends : [undefined]).toContain(result?.kind);
        }
      }
    },
  );
});

/** Plays the scenario and keeps what was written. */
async function recordings(scenario: Scenario): Promise<readonly Recorded[]> {
  const kept: Recorded[] = [];
  const home = embeddedHome();
  const keeping: HomeUnderTest = {
    name: home.name,
    open: async (workflows, options) => {
      const opened = await home.open(workflows, options);
      return {
        ...opened,
        close: async () => {
          kept.push(...(await journals(opened.client)));
          await opened.close();
        },
      };
    },
  };
  await observe(scenario, keeping);
  return kept;
}

async function journals(client: Client): Promise<readonly Recorded[]> {
  const kept: Recorded[] = [];
  const namespaces = ["default", "tenant-1"];
  for (const namespace of namespaces) {
    const { executions } = await client.list({ namespace, limit: 10_000 });
    for (const view of executions) kept.push(...generations(view, await client.journal(view.id, namespace)));
  }
  return kept;
}

function generations(view: ExecutionView, entries: readonly Entry[]): Recorded[] {
  const kept: Recorded[] = [];
  let journal: Entry[] = [];
  for (const entry of entries) {
    if (entry.t === "run" && entry.cause !== "start")
      kept.push({ view, journal, ends: [entry.cause === "continue" ? continuedBy(journal) : "threw"] });
    if (entry.t === "run") journal = [entry];
    else if (entry.t !== "fin") journal.push(entry);
  }
  const last = entries.at(-1);
  const [run] = journal;
  const isTooEarly = run?.t === "run" && last?.t === "fin" && last.at < (run.due ?? 0);
  // Ended from outside in the round in which it was created: the record has nothing of what its code asked for.
  const isUnheard = journal.length === 1 && last?.t === "fin" && endsOf(last).includes(undefined);
  return !isTooEarly && !isUnheard ? [...kept, { view, journal, ends: endsOf(last) }] : kept;
}

/** Where the input has a schema, the code asks for the next generation, and the host begins it. */
function continuedBy(journal: readonly Entry[]): CodeResult["kind"] | undefined {
  const isAsked = journal.some((entry) => entry.t === "op" && entry.d?.action === "continue");
  return isAsked ? undefined : "continued";
}

function endsOf(last: Entry | undefined): Recorded["ends"] {
  if (last?.t !== "fin" || last.status === "STOPPED" || last.status === "TIMED_OUT") return [undefined];
  if (last.status === "SUCCEEDED") return ["returned"];
  // What it returned may have been refused.
  return last.status === "FAILED" ? ["threw", "returned"] : ["threw"];
}

/** All of them; of a long journal some, the last among them. */
function lengths({ length }: readonly Entry[]): readonly number[] {
  const all = Array.from({ length }, (_, i) => i + 1);
  const step = Math.ceil(length / MOST_PREFIXES);
  return all.filter((n) => (length - n) % step === 0);
}

/** The requests and facts that the record has before the next delivery. */
function next(rest: readonly Entry[]): readonly unknown[] {
  const end = rest.findIndex((entry) => !isIntent(entry));
  return rest.slice(0, end === -1 ? undefined : end).map(comparable);
}

/** Without what depends on the place of the code and of the end of the record: stacks, and the mark of an insertion. */
function comparable(entry: Entry): unknown {
  return JSON.parse(
    JSON.stringify(entry, (key, value: unknown) => (key === "stack" || key === "x" ? undefined : value)),
  );
}

function infoOf(view: ExecutionView, { g, a }: RunEntry) {
  const { id, publicId, namespace, workflow, version, parentId, parentOperation, rootId, depth, path, priority } = view;
  return {
    executionId: id,
    publicId,
    namespace,
    workflow,
    version,
    rootId,
    depth,
    path,
    generation: g,
    attempt: a,
    ...(parentId === undefined ? undefined : { parentId }),
    ...(parentOperation === undefined ? undefined : { parentOperation }),
    ...(priority === undefined ? undefined : { priority }),
  };
}

function limits({ engine }: Scenario): { maxPendingChildren?: number; maxPayload?: number } {
  const { maxPendingChildren, maxPayloadBytes } = engine ?? {};
  return {
    ...(maxPendingChildren === undefined ? undefined : { maxPendingChildren }),
    ...(maxPayloadBytes === undefined ? undefined : { maxPayload: maxPayloadBytes }),
  };
}

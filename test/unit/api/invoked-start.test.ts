/** Starts by whoever may invoke the start function. */
import { describe, expect, it } from "vitest";
import { type StartEvent, startInvoked } from "../../../lib/api/invoked-start.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { CompletionTarget } from "../../../lib/homes/aws/completion-target.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const echo = workflow({ name: "echo" }, (_ctx, input) => input);

async function openHome() {
  const { engine } = await openVirtual({ workflows: [echo] });
  const told: [string, CompletionTarget][] = [];
  return {
    engine,
    told,
    start: (event: StartEvent) =>
      startInvoked({ client: engine, notify: (id, target) => Promise.resolve(void told.push([id, target])) }, event),
  };
}

describe("a start", () => {
  it("answers with the execution's id, and takes an id and a namespace of the caller's", async () => {
    const { engine, start } = await openHome();
    const { executionId } = await start({ workflow: "echo", input: 1, id: "mine", namespace: "shop" });
    expect(await engine.get("mine", "shop")).toMatchObject({ id: executionId, input: 1 });
  });

  it("that names no workflow is refused", async () => {
    const { start } = await openHome();
    await expect(start({ input: 1 } as unknown as StartEvent)).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("repeated with its key is one start", async () => {
    const { engine, start } = await openHome();
    const once = await start({ workflow: "echo", input: 1, idempotencyKey: "k" });
    expect(await start({ workflow: "echo", input: 1, idempotencyKey: "k" })).toEqual(once);
    expect((await engine.list()).executions).toHaveLength(1);
  });

  it("by a state that waits has its execution answer the token, and is one start per token", async () => {
    const { start, told } = await openHome();
    const taskToken = "t".repeat(1_000);
    const first = await start({ workflow: "echo", input: 1, taskToken, onEnd: [{ queue: "q" }, { eventBus: "b" }] });
    expect(told).toEqual([
      [first.executionId, { taskToken }],
      [first.executionId, { queue: "q" }],
      [first.executionId, { eventBus: "b" }],
    ]);
    expect(await start({ workflow: "echo", input: 1, taskToken })).toEqual(first);
    expect(await start({ workflow: "echo", input: 1, taskToken: "another" })).not.toEqual(first);
  });
});

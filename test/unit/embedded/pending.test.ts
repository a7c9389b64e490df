/** D11: what a tree waits for is visible, and an answer that does not fit is refused at the door. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { ValidationError } from "../../../lib/kernel/errors.ts";
import type { WaitView } from "../../../lib/ports/client.ts";
import { collect } from "../../helpers/collect.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const Decision = z.object({ approved: z.boolean() });
const SHOWN = { type: "object", properties: { approved: { type: "boolean" } }, required: ["approved"] };
const DAY = 86_400_000;

const approval = workflow({ name: "approval" }, async (ctx) => {
  await ctx.wait("a moment", 5_000);
  return ctx.waitForSignal("decision", { schema: Decision, timeout: "1d", meta: { label: "Decide" } });
});
const order = workflow({ name: "order", signals: { rush: z.number() } }, async (ctx) => {
  const [paid] = ctx.createCallback("paid", { schema: Decision });
  const failing = ctx.step("charge", () => Promise.reject(new Error("no")), {
    retry: { initialDelay: "30s", jitter: "NONE" },
  });
  const all = [
    paid,
    failing,
    ctx.execute(approval, 1),
    ctx.execute(approval, 2, { timeout: "2d" }),
    ctx.waitForSignal("rush"),
  ];
  await ctx.promise.allSettled([...all, ctx.receive({ signals: { one: Decision, two: z.string() } })]);
});

describe("D11: pending", () => {
  it("tells of the whole tree what is waited for: kind, name, path, since when, until when, and of what shape", async () => {
    const { engine, clock } = await openVirtual({ workflows: [order, approval], eviction: "always" });
    const begun = clock.now();
    const { executionId } = await engine.start(order, null);
    await engine.idle();
    while (clock.fireNext(begun + 5_000)) await engine.idle();
    const { children } = await engine.tree(executionId);
    const [first, second] = children.map(({ execution }) => execution.id);
    const here = { executionId, path: "order", since: begun };
    const there = { kind: "RECEIVE", name: "decision", since: begun + 5_000, deadline: begun + 5_000 + DAY };
    const either = [
      { title: "one", ...SHOWN },
      { title: "two", type: "string" },
    ];
    expect(await engine.pending(executionId)).toMatchObject([
      {
        ...here,
        kind: "CALLBACK",
        name: "paid",
        schema: SHOWN,
        callbackId: expect.stringContaining(`${executionId}.`),
      },
      { ...here, kind: "STEP", name: "charge", deadline: begun + 30_000 },
      { ...here, kind: "CHILD", name: "approval", childId: first },
      { ...here, kind: "CHILD", name: "approval", childId: second, deadline: begun + 2 * DAY },
      { ...here, kind: "RECEIVE", name: "rush", schema: { type: "number" } },
      {
        ...here,
        kind: "RECEIVE",
        name: "one|two",
        schema: { anyOf: either },
      },
      { ...there, executionId: first, path: "order/approval", schema: SHOWN, meta: { label: "Decide" } },
      { ...there, executionId: second, path: "order/approval#2", schema: SHOWN },
    ]);
    expect(await engine.pending(first ?? "")).toMatchObject([{ executionId: first, name: "decision" }]);
    expect((await engine.get(first ?? "")).waits).toEqual(await engine.pending(first ?? ""));
  });

  it("tells nothing of what has ended, and nothing is woken by asking", async () => {
    const { engine, settle } = await openVirtual({ workflows: [order, approval], eviction: "always" });
    const { executionId } = await engine.start(approval, 1);
    await engine.idle();
    const before = engine.commits;
    await engine.pending(executionId);
    await engine.idle();
    expect(engine.commits).toBe(before);
    await settle();
    expect(await engine.pending(executionId)).toEqual([]);
  });
});

describe("D11: a payload that does not fit", () => {
  const waits: [
    title: string,
    answer: (wait: WaitView, payload: unknown) => readonly [name: string, callbackId?: string],
  ][] = [
    ["what a wait takes", () => ["decision"]],
    ["what the workflow declares", () => ["declared"]],
    ["what a mailbox takes", () => ["boxed"]],
    ["what a callback takes", ({ callbackId = "" }) => ["", callbackId]],
  ];
  const taker = workflow(
    { name: "taker", signals: { decision: z.unknown(), declared: Decision, boxed: z.unknown() } },
    async (ctx) => {
      const [answer] = ctx.createCallback("answer", { schema: Decision });
      const all = [answer, ctx.waitForSignal("decision", { schema: Decision }), ctx.waitForSignal("declared")];
      return ctx.promise.all([...all, ctx.receive({ signals: { boxed: Decision } })]);
    },
  );

  it.each(waits)("to %s is refused with the path of what is wrong, and wakes nobody", async (_title, target) => {
    const { engine } = await openVirtual({ workflows: [taker], eviction: "always" });
    const { executionId } = await engine.start(taker, null);
    await engine.idle();
    const [journal, pending] = [await engine.journal(executionId), await engine.pending(executionId)];
    const [name, callbackId] = target(pending[0] as WaitView, null);
    for (const payload of [{ approved: "yes" }, {}]) {
      const refused =
        callbackId === undefined
          ? engine.signal(executionId, name, payload)
          : engine.callbacks.succeed(callbackId, payload);
      const error = await refused.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ValidationError);
      expect(error).toMatchObject({ code: "validation_failed", issues: [{ path: "approved" }] });
    }
    await engine.idle();
    expect(await engine.journal(executionId)).toEqual(journal);
    expect(await engine.pending(executionId)).toEqual(pending);
    expect(await collect(engine.events(executionId, { types: ["signal.received", "operation.dropped"] }))).toEqual([]);
  });

  it("is refused before the execution has begun, too, and what fits is there when it begins", async () => {
    const { engine, settle } = await openVirtual({ workflows: [taker] });
    const { executionId, result } = await engine.start(taker, null, { startDelay: "1h" });
    await expect(engine.signal(executionId, "declared", { approved: 1 })).rejects.toBeInstanceOf(ValidationError);
    await expect(engine.signal(executionId, "unheard of", 1)).rejects.toMatchObject({ code: "invalid_argument" });
    for (const name of ["declared", "decision", "boxed"]) await engine.signal(executionId, name, { approved: true });
    await settle();
    const [wait] = await engine.pending(executionId);
    await engine.callbacks.succeed(wait?.callbackId ?? "", { approved: true });
    await settle();
    expect(await result()).toHaveLength(4);
  });
});

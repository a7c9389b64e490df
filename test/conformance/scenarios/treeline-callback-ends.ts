/** How code and readers tell a missed heartbeat from a missed deadline. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { CallbackOptions, WorkflowContext } from "../../../lib/kernel/context.ts";
import type { CallbackTimeoutError } from "../../../lib/kernel/errors.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught } from "./treeline-errors.ts";

type Wait = (ctx: WorkflowContext, name: string, options: CallbackOptions) => Promise<unknown>;

const waits: Readonly<Record<string, Wait>> = {
  create: (ctx, name, options) => ctx.createCallback(name, options)[0],
  waitFor: (ctx, name, options) => ctx.waitForCallback(name, () => undefined, options),
  receive: async (ctx, name, options) => {
    const received = await ctx.receive({ callbacks: { answer: ctx.createCallback(name, options)[0] } });
    throw (received.kind === "callback" ? received.error : undefined) ?? new Error(received.kind);
  },
};

function missed(): Scenario {
  const root = workflow({ name: "C7.root" }, async (ctx) => {
    const told: Record<string, unknown> = {};
    for (const [way, wait] of Object.entries(waits)) {
      const late = await caught(() => wait(ctx, `${way}-late`, { timeout: units(2), heartbeatTimeout: units(9) }));
      const silent = await caught(() => wait(ctx, `${way}-silent`, { timeout: units(9), heartbeatTimeout: units(2) }));
      told[way] = [late, silent].map((error) => {
        const { name, code, data } = error as CallbackTimeoutError;
        return { name, code, data };
      });
    }
    return told;
  });
  const type = "CallbackTimeoutError";
  const code = "callback_timed_out";
  const told = ["deadline", "heartbeat"].map((what) => ({ name: type, code, data: { missed: what } }));
  const inWait = (what: string) => ({
    kind: "CALLBACK" as const,
    name: "callback",
    status: "TIMED_OUT" as const,
    error: { type, code, data: { missed: what } },
  });
  const own = (name: string, what: string) => ({ ...inWait(what), name });
  return {
    id: "C7",
    rows: ["fault:C7", "aws:4-4", "aws:7-12"],
    title: "fault:C7 code and readers see whether a callback missed its heartbeat or its deadline",
    workflows: [root],
    start: [{ workflow: "C7.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { create: told, waitFor: told, receive: told },
      someOperations: [
        own("create-late", "deadline"),
        own("create-silent", "heartbeat"),
        inWait("deadline"),
        inWait("heartbeat"),
        own("receive-late", "deadline"),
        own("receive-silent", "heartbeat"),
      ],
    },
  };
}

export const scenarios: readonly Scenario[] = [missed()];

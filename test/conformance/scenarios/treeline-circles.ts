/** An execution cannot wait for itself, or for an execution above it, and cannot end one of them. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import type { TreelineError } from "../../../lib/kernel/errors.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught } from "./treeline-errors.ts";

interface Target {
  readonly executionId: string;
  readonly publicId: string;
}

type Ask = (ctx: WorkflowContext, target: Target) => Promise<unknown>;

/** By name: what has the id is found before the workflow of that name would begin. */
const asksOf = (other: string): Readonly<Record<string, Ask>> => ({
  result: (ctx, { executionId }) => ctx.attach(executionId).result(),
  byName: (ctx, { publicId }) => ctx.attach(publicId).result({ timeout: units(60) }),
  outcome: (ctx, { executionId }) => ctx.attach(executionId).outcome(),
  receive: (ctx, { executionId }) => ctx.receive({ children: [ctx.attach(executionId)] }),
  use: (ctx, { publicId }) => ctx.execute(other, null, { id: publicId, idConflict: "use_existing" }),
  takeOver: (ctx, { publicId }) => ctx.execute(other, null, { id: publicId, idConflict: "terminate_existing" }),
  startOver: (ctx, { publicId }) => ctx.start(other, null, { id: publicId, idConflict: "terminate_existing" }),
  stop: (ctx, { executionId }) => ctx.attach(executionId).stop(),
});

async function refusals(ctx: WorkflowContext, target: Target, asks: Readonly<Record<string, Ask>>) {
  const told: Record<string, unknown> = {};
  for (const [name, ask] of Object.entries(asks)) {
    const { code, message } = (await caught(() => ask(ctx, target))) as TreelineError;
    told[name] =
      code === "circular_request" && message.includes(target.executionId) ? "refused" : `${code}: ${message}`;
  }
  return told;
}

const refused = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, "refused"]));

function itself(): Scenario {
  const other = workflow({ name: "B18-self.other" }, () => "other");
  const asks: Readonly<Record<string, Ask>> = {
    ...asksOf(other.name),
    cancel: (ctx, { executionId }) => ctx.attach(executionId).cancel(),
  };
  const root = workflow({ name: "B18-self.root" }, (ctx) => refusals(ctx, ctx.info, asks));
  return {
    id: "B18-self",
    rows: ["fault:B18"],
    title: "fault:B18 an execution that waits for itself, or ends itself, is refused at the call",
    workflows: [root, other],
    start: [{ workflow: "B18-self.root", options: { id: "B18-self" } }],
    expect: { status: "SUCCEEDED", output: refused(Object.keys(asks)) },
  };
}

function above(): Scenario {
  const other = workflow({ name: "B18-above.other" }, () => "other");
  const asks = asksOf(other.name);
  const leaf = workflow({ name: "B18-above.leaf" }, (ctx, target: Target) => refusals(ctx, target, asks));
  const middle = workflow({ name: "B18-above.middle" }, async (ctx, target: Target) => ({
    leaf: await ctx.execute(leaf, target),
    own: await refusals(ctx, target, asks),
  }));
  const root = workflow({ name: "B18-above.root" }, (ctx) => {
    const { executionId, publicId } = ctx.info;
    return ctx.execute(middle, { executionId, publicId });
  });
  const all = refused(Object.keys(asks));
  return {
    id: "B18-above",
    rows: ["fault:B18"],
    title: "fault:B18 an execution that waits for one above it, or ends it, is refused at the call, at any depth",
    workflows: [root, middle, leaf, other],
    start: [{ workflow: "B18-above.root", options: { id: "B18-above" } }],
    expect: { status: "SUCCEEDED", output: { leaf: all, own: all } },
  };
}

/** A signal to itself, a look at its own status, and a cancel of what is above are no circles. */
function whatIsAllowed(): Scenario {
  const child = workflow({ name: "B18-allowed.child" }, async (ctx, parent: string) => {
    await ctx.attach(parent).cancel("enough");
    await ctx.wait(units(60));
  });
  const root = workflow({ name: "B18-allowed.root" }, async (ctx) => {
    const self = ctx.attach(ctx.info.executionId);
    await self.signal("note", 1);
    const noted = await ctx.waitForSignal("note");
    const status = await self.status();
    await caught(() => ctx.execute(child, ctx.info.executionId, { name: "child" }));
    // Until the request to the child has been answered, too.
    await ctx.nonCancellable((shielded) => shielded.wait(units(1)));
    return { noted, status, cancelled: ctx.cancellation.aborted };
  });
  return {
    id: "B18-allowed",
    rows: ["fault:B18"],
    title: "fault:B18 a signal to itself and a cancel of what stands above stay possible",
    workflows: [root, child],
    start: [{ workflow: "B18-allowed.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { noted: 1, status: "RUNNING", cancelled: true },
      tree: { "/child": { status: "CANCELLED" } },
    },
  };
}

export const scenarios: readonly Scenario[] = [itself(), above(), whatIsAllowed()];

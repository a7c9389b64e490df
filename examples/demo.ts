/**
 * `npm run demo`: an order and all that it sets off. Children that are waited for, children side by side, one that is
 * left to itself, some that fail and are tried again, one that fails for good; four levels of executions.
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApplicationError, workflow } from "treeline";
import { z } from "zod";
import { runDemo } from "../lib/cli/demo.ts";

const Parcel = z.object({ item: z.string() });

export const printLabel = workflow({ name: "print_label", input: Parcel }, async (ctx, { item }) =>
  ctx.step("print", async () => {
    await sleep(300);
    return `label of ${item}`;
  }),
);

export const pack = workflow({ name: "pack", input: Parcel }, async (ctx, { item }) => {
  await ctx.step(
    "fetch",
    async (s) => {
      await sleep(350);
      if (item === "vase" && s.attempt === 1) throw new Error("the lift is stuck");
      if (item === "piano")
        throw new ApplicationError("too heavy for a parcel", { type: "TooHeavy", nonRetryable: true });
    },
    { retry: { maxAttempts: 3, initialDelay: "400ms", jitter: "NONE" } },
  );
  return ctx.execute(printLabel, { item });
});

export const ship = workflow(
  { name: "ship", input: z.object({ items: z.array(z.string()) }) },
  async (ctx, { items }) => {
    const parcels = await ctx.map(
      "parcels",
      items,
      (each, item) => each.execute(pack, { item }, { name: `pack ${item}` }),
      {
        itemNamer: (item) => item,
        completion: { toleratedFailureCount: 1 },
      },
    );
    return { labels: parcels.getResults(), refused: parcels.failed().map(({ name }) => name) };
  },
);

export const charge = workflow(
  {
    name: "charge",
    input: z.object({ euros: z.number() }),
    retry: { maxAttempts: 3, initialDelay: "500ms", jitter: "NONE" },
  },
  async (ctx, { euros }) => {
    await ctx.step("reach the bank", () => sleep(300));
    // The first attempt of the whole workflow fails; what the second one needs it does again.
    if (ctx.info.attempt === 1) throw new Error("the bank does not answer");
    return `${euros} € charged`;
  },
);

export const sendReceipt = workflow(
  { name: "send_receipt", input: z.object({ to: z.string() }) },
  async (ctx, { to }) => {
    await ctx.wait("a moment", "1500ms");
    return ctx.step("mail", async () => {
      await sleep(400);
      return `mailed to ${to}`;
    });
  },
);

const order = workflow(
  { name: "order", input: z.object({ customer: z.string(), items: z.array(z.string()), euros: z.number() }) },
  async (ctx, { customer, items, euros }) => {
    const charged = await ctx.execute(charge, { euros });
    // Nobody waits for the receipt: it goes on after the order has ended.
    await ctx.start(sendReceipt, { to: customer }, { name: "send_receipt, detached" });
    const shipped = await ctx.execute(ship, { items });
    return { charged, ...shipped };
  },
);

export default order;

if (import.meta.main) {
  const folder = await mkdtemp(path.join(tmpdir(), "treeline-demo-"));
  await runDemo({
    workflows: [order, charge, ship, pack, printLabel, sendReceipt],
    module: import.meta.filename,
    start: (client) =>
      client.start(order, { customer: "ada@example.org", items: ["book", "vase", "piano"], euros: 42 }),
    file: path.join(folder, "demo.db"),
  });
}

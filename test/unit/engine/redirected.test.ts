/** D38: a cancel may come before it is known which execution an awaited child was redirected to. */
import { expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { StandardSchema } from "../../../lib/kernel/schema.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

it("fault:B1 a cancel that comes before the redirection is obeyed when it is known", async () => {
  const asked: (() => void)[] = [];
  const slow: StandardSchema<unknown, number> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => new Promise((resolve) => asked.push(() => resolve({ value: Number(value) }))),
    },
  };
  const job = workflow({ name: "job", input: slow }, (ctx) => ctx.waitForSignal("go"));
  const { engine } = await openVirtual({ workflows: [job] });
  const starts = engine.start(job, 1, { id: "J" });
  await expect.poll(() => asked.length).toBe(1);
  asked.shift()?.();
  const other = await starts;
  const waits = workflow({ name: "waits" }, (ctx) => ctx.execute(job, 1, { id: "J", idConflict: "use_existing" }));
  const handle = await engine.start(waits, undefined);
  await expect.poll(() => asked.length).toBe(1);
  const cancelled = handle.cancel("enough");
  await expect.poll(async () => (await handle.get()).operations.map(({ kind }) => kind)).toEqual(["CHILD", "REQUEST"]);
  asked.shift()?.();
  await cancelled;
  await engine.idle();
  expect((await handle.get()).status).toBe("CANCELLED");
  expect((await other.get()).status).toBe("WAITING");
});

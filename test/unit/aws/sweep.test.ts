/** The sweep looks at everything that is parked, page by page, and wakes what is overdue. */
import { expect, it } from "vitest";
import { sweep } from "../../../lib/homes/aws/sweep.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

const MINUTE = 60_000;
const waits = workflow({ name: "sweep.waits" }, (ctx) => ctx.waitForSignal("never"));

it("misses nothing where more than a page was parked in one millisecond", async () => {
  const cloud = new MemoryCloud({ workflows: [waits], settings: { lingerMs: 0 } });
  const many = Array.from({ length: 1_000 }, () => cloud.client.start(waits, undefined));
  await Promise.all(many);
  await cloud.idle();
  cloud.clock.moveTo(cloud.clock.now() + 10 * MINUTE);
  const { parked } = await sweep(cloud.context());
  expect(parked).toBe(1_000);
});

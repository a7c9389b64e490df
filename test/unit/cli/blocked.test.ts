/** A blocked execution, as people and programs see it (fault:A2). */
import path from "node:path";
import { expect, it, vi } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openEngine } from "../../../lib/homes/embedded/engine.ts";
import { projectFolder, run, start } from "./spawn.ts";

// It starts processes.
vi.setConfig({ testTimeout: 60_000 });

const CHANGED = `import { workflow } from "treeline";
export const order = workflow({ name: "order" }, async (ctx) => {
  await ctx.step("bill", () => 1);
  await ctx.waitForSignal("go");
});
`;

it("fault:A2 is shown by list, show, pending and tree, and by the HTTP API", async () => {
  const folder = projectFolder({ "order.ts": CHANGED });
  const before = workflow({ name: "order" }, async (ctx) => {
    await ctx.step("pay", () => 1);
    await ctx.waitForSignal("go");
  });
  const engine = await openEngine({ file: path.join(folder, ".treeline/treeline.db"), workflows: [before] });
  for (const id of ["one", "two"]) await engine.start(before, undefined, { id });
  await engine.stop("two");
  await engine.close();

  const dev = start(folder, ["dev", "order.ts", "--port", "0", "--json"]);
  await dev.printed('"workflows"');
  const { url } = JSON.parse(/\{[^]*?\}/.exec(dev.text())?.[0] ?? "{}") as { url: string };
  await run(folder, ["signal", "one", "go"]);
  await dev.printed("is blocked");
  const difference = "the record has /STEP:pay#1, the code asks for /STEP:bill#1";

  const listed = await run(folder, ["list", "--blocked"]);
  expect(listed.out).toMatch(/WAITING blocked +order/);
  expect(listed.out).toContain(`1 execution is blocked: ${difference}`);
  expect(listed.out).not.toContain("STOPPED");
  const shown = await run(folder, ["show", "one"]);
  expect(shown.out).toContain("blocked");
  expect(shown.out).toContain(`code_changed since`);
  for (const command of ["pending", "tree"]) expect((await run(folder, [command, "one"])).out).toContain(difference);

  const page = (await (await fetch(`${url}/executions?blocked=true`)).json()) as { executions: unknown[] };
  expect(page.executions).toMatchObject([
    {
      publicId: "one",
      status: "WAITING",
      blocked: { reason: "code_changed", difference: expect.stringContaining(difference) },
    },
  ]);
  const others = (await (await fetch(`${url}/executions?blocked=false`)).json()) as { executions: unknown[] };
  expect(others.executions).toMatchObject([{ publicId: "two" }]);
  const events = (await (await fetch(`${url}/executions/one/events?types=execution.blocked`)).json()) as object;
  expect(events).toMatchObject({ events: [{ type: "execution.blocked", data: { reason: "code_changed" } }] });
});

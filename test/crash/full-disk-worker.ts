/** Fills the small disk it is given under a running engine, makes room again, and tells what happened. */
import fs from "node:fs";
import path from "node:path";
import { workflow } from "../../lib/frontends/code/workflow.ts";
import { openEngine } from "../../lib/homes/embedded/engine.ts";

const folder = process.argv[2] ?? "";
const filler = path.join(folder, "filler");
const bodies: string[] = [];
const logged: unknown[] = [];
const full = Promise.withResolvers<void>();

const flow = workflow({ name: "disk.real" }, async (ctx) => {
  const made = await ctx.step("make", () => {
    bodies.push("make");
    fillDisk();
    return "x".repeat(200_000);
  });
  return ctx.step("use", () => {
    bodies.push("use");
    return made.length;
  });
});

function fillDisk(): void {
  const file = fs.openSync(filler, "w");
  try {
    for (;;) fs.writeSync(file, Buffer.alloc(4_096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    fs.closeSync(file);
  }
}

const engine = await openEngine({
  file: path.join(folder, "treeline.db"),
  workflows: [flow],
  log: ({ level, fields }) => {
    if (level !== "error") return;
    logged.push(fields?.["code"]);
    full.resolve();
  },
});
const handle = await engine.start(flow, null);
await full.promise;
const refused = await engine.start(flow, null).then(
  () => "nothing",
  (error: unknown) => (error as { code?: string }).code,
);
const whileFull = { refused, logged: [...logged], bodies: [...bodies] };
fs.rmSync(filler);
const output = await handle.result();
await engine.close();
process.stdout.write(JSON.stringify({ whileFull, atTheEnd: { output, bodies } }));

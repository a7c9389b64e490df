/** The example runs by the command that stands in it, and prints one trace. */
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const file = path.join(root, "examples/tracing.ts");

it("the tracing example prints the trace of its order, and the request that is linked to it", async () => {
  const [, command = ""] = /node (--conditions.*)$/m.exec(fs.readFileSync(file, "utf8")) ?? [];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command.split(" "), { cwd: root });
  expect(stderr).toContain("packed");
  const printed = (field: string): string[] =>
    Array.from(stdout.matchAll(new RegExp(`^  ${field}: '(.*)',$`, "gm")), ([, value = ""]) => value);
  expect(new Set(printed("traceId")).size).toBe(2);
  expect(printed("name").toSorted()).toEqual([
    "GET /order",
    "POST /payments",
    "charge",
    "charge invocation",
    "child charge",
    "order",
    "order invocation",
    "step call the bank",
    "step call the bank attempt 1",
    "step pack",
    "step pack attempt 1",
    "wait cooling off",
  ]);
}, 30_000);

/**
 * An app of a user's own, far from this repository: the packed package installed in an empty folder, the construct
 * placed in a stack, deployed with the CDK CLI, and a workflow of his run from his shell.
 */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { installConstruct, installPackage, removePackage } from "../helpers/installed-package.ts";
import { run } from "../helpers/user-command.ts";
import { cdk } from "./cdk.ts";
import { emulator } from "./deployment.ts";
import { urlOf } from "./outside.ts";

/** It installs, bundles and deploys, beside everything else. */
const LONGEST_MS = 420_000;
const STACK = "Shop";

const WORKFLOWS = `
import { workflow } from "treeline";

const price = workflow({ name: "price" }, async (ctx, item: string) => ctx.step("look up", () => item.length * 10));

export const offer = workflow({ name: "offer" }, async (ctx, item: string) => {
  const cents = await ctx.execute(price, item);
  return item + ": " + cents + " cents";
});

export { price };
`;

const APP = `
import { App, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Treeline } from "treeline/cdk";

const stack = new Stack(new App(), "${STACK}", { env: { account: "000000000000", region: "us-east-1" } });
new Treeline(stack, "Treeline", { workflows: "workflows.ts", removalPolicy: RemovalPolicy.DESTROY });
`;

export function elsewhere(): void {
  describe("an app of a user's own", { concurrent: true }, () => {
    it(
      "installs the packed package, deploys its construct, and runs a workflow through its API",
      async () => {
        const { env } = emulator();
        const folder = await installPackage();
        const app = ["--app", "node app.mjs", "--output", "cdk.out"];
        try {
          await installConstruct(folder);
          await writeFile(path.join(folder, "workflows.ts"), WORKFLOWS);
          await writeFile(path.join(folder, "app.mjs"), APP);
          await cdk(["deploy", ...app, "--require-approval", "never", "--outputs-file", "outputs.json"], env, folder);
          const { default: outputs } = (await import(path.join(folder, "outputs.json"), {
            with: { type: "json" },
          })) as { default: Record<string, Record<string, string>> };
          const remote = ["--remote", urlOf(outputs[STACK] ?? {})];
          const { stdout } = await run("npx", ["treeline", "run", "offer", "--input", '"lamp"', ...remote], folder);
          expect(stdout).toContain("lamp: 40 cents");
          const listed = await run("npx", ["treeline", "list", "--json", ...remote], folder);
          expect(JSON.parse(listed.stdout)).toMatchObject({
            executions: [
              { workflow: "price", status: "SUCCEEDED", depth: 1 },
              { workflow: "offer", status: "SUCCEEDED", depth: 0 },
            ],
          });
        } finally {
          await cdk(["destroy", ...app, "--force"], env, folder);
          await removePackage(folder);
        }
      },
      LONGEST_MS,
    );
  });
}

/** D26: changed code is deployed under executions that wait, twice. */
import { describe, expect, it } from "vitest";
import type { Client } from "../../lib/ports/client.ts";
import { cdk, ownApp } from "./cdk.ts";
import { deployment, emulator, homeOf } from "./deployment.ts";
import { Services, until } from "./services.ts";
import { parent } from "./versions/v1.ts";

/** Two deployments, on a machine that does everything else as well. */
const LONGEST_MS = 420_000;

export function versions(): void {
  describe("D26: a redeploy", { concurrent: true }, () => {
    it(
      "leaves those that wait on the code they began with; what is not pinned fails, and the difference is named",
      async () => {
        const { client } = homeOf("Versions", [parent]);
        const services = new Services("Versions");
        const [old, other] = [await client.start(parent, null), await client.start(parent, null)];
        const children = [
          await waiting(client, services, old.executionId),
          await waiting(client, services, other.executionId),
        ];

        await deploy("v2");
        const newer = await client.start(parent, null);
        children.push(await waiting(client, services, newer.executionId));
        await deploy("v3");

        // As if it had begun before there were versions.
        await services.change(other.executionId, "REMOVE lv");
        const roots = [old, other, newer].map(({ executionId }) => executionId);
        for (const id of [...roots, ...children]) await client.signal(id, "go");

        expect(await old.result()).toEqual({ own: "v1", child: "v1" });
        expect(await newer.result()).toEqual({ own: "v2", child: "v2" });
        const { status, error } = await until("the end of the one that is not pinned", async () => {
          const detail = await client.get(other.executionId);
          return detail.endedAt === undefined ? undefined : detail;
        });
        expect([status, error?.code]).toEqual(["FAILED", "non_deterministic"]);
        expect(error?.message).toContain("renamed again");
      },
      LONGEST_MS,
    );
  });
}

/** @returns the id of its child, when both wait */
async function waiting(client: Client, services: Services, id: string): Promise<string> {
  const child = await until("its child", async () => (await client.tree(id)).children[0]?.execution.id);
  await services.parked(child);
  await services.parked(id);
  return child;
}

async function deploy(version: string): Promise<void> {
  await cdk(ownApp("deploy", `test/e2e/versions/${version}.ts`, deployment().folder), emulator().env);
}

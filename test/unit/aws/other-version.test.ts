/** On AWS, executions keep the Lambda version that they began with; what reaches them passes through newer code. */
import { expect, it } from "vitest";
import { DeployedWorkflows } from "../../../lib/homes/aws/definitions.ts";
import { completeCallback } from "../../../lib/homes/aws/doors.ts";
import { workflow } from "../../../lib/index.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

const asks = (version: string, step: string) =>
  workflow({ name: "asks", version }, async (ctx) => {
    await ctx.step(step, () => 1);
    return ctx.createCallback("decision")[0];
  });

it("fault:A2 the callback of an execution of another version is answered, whatever code the API has", async () => {
  for (const newer of [asks("2", "pay"), asks("1", "bill")]) {
    const cloud = new MemoryCloud({ workflows: [asks("1", "pay")] });
    const handle = await cloud.client.start("asks", undefined);
    await cloud.idle();
    const [wait] = await cloud.client.pending(handle.executionId);
    const api = { ...cloud.context(), workflows: new DeployedWorkflows([newer]) };
    await completeCallback(api, wait?.callbackId ?? "", { delivery: "succeed", payload: "yes" });
    await expect(completeCallback(api, `${wait?.callbackId}x`, {})).rejects.toMatchObject({
      code: "callback_not_found",
    });
    await cloud.idle();
    expect((await handle.get()).output).toBe("yes");
  }
});

/** Options of a start over HTTP are held against the same table, and described by it. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openApi, problemOf } from "./api-fixture.ts";

const leaf = workflow({ name: "leaf" }, () => 1);

describe("fault:B7: a start over HTTP", () => {
  it.each<[field: object, path: string, meant: string]>([
    [{ retry: { attempts: 1 } }, "retry.attempts", "maxAttempts"],
    [{ idConflict: "useExisting" }, "idConflict", "use_existing"],
    [{ exectionTimeout: "1m" }, "exectionTimeout", "executionTimeout"],
    [{ startDelay: { minute: 1 } }, "startDelay.minute", "minutes"],
    [{ retry: null }, "retry", "an object"],
    [{ id: "x\u001b[2J" }, "id", "none of them a control character"],
    [{ namespace: "other" }, "namespace", "is not an option"],
  ])("with %j is refused, with its path and what is meant, and creates nothing", async (field, path, meant) => {
    const { post, engine } = await openApi([leaf]);
    const response = await post("/executions", { workflow: "leaf", ...field });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 422, code: "invalid_argument", issues: [{ path }] });
    expect(problem.issues?.[0]?.message).toContain(meant);
    expect((await engine.list()).executions).toEqual([]);
  });

  it("comes back as the same error to a client elsewhere, which checks before it asks", async () => {
    const { remote, engine } = await openApi([leaf]);
    await expect(remote.start("leaf", 1, { retry: { attempts: 1 } as never })).rejects.toMatchObject({
      name: "InvalidArgumentError",
      issues: [{ path: "retry.attempts" }],
    });
    expect((await engine.list()).executions).toEqual([]);
  });

  it("is described without fields that do not exist", async () => {
    const { request } = await openApi([leaf]);
    const document = (await (await request("/openapi.json")).json()) as {
      components: { schemas: Record<string, { additionalProperties: boolean; properties: Record<string, object> }> };
    };
    const start = document.components.schemas["leaf.start"];
    expect(start?.additionalProperties).toBe(false);
    expect(start?.properties["retry"]).toMatchObject({ additionalProperties: false });
    expect(start?.properties["idConflict"]).toMatchObject({ enum: ["fail", "use_existing", "terminate_existing"] });
    expect(start?.properties).not.toHaveProperty("namespace");
  });
});

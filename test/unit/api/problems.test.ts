/** What is refused, and how: problem+json with stable codes, never a stack, never a secret. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { LimitError, StoreError } from "../../../lib/kernel/errors.ts";
import type { Client } from "../../../lib/ports/client.ts";
import { json, openApi, overriding, problemOf } from "./api-fixture.ts";
import { approval, broken, buy, echo } from "./workflows.ts";

const WORKFLOWS = [buy, approval, broken, echo];
const start = (body: unknown): [string, RequestInit] => ["/executions", json(body)];
const signal = (body: unknown): [string, RequestInit] => ["/executions/approval-1/signals", json(body)];

describe("a refusal", () => {
  it.each<[string, number, string, [string, RequestInit?]]>([
    ["input that does not fit", 422, "validation_failed", start({ workflow: "buy", input: { item: 5 } })],
    ["a body of another shape", 422, "validation_failed", start({ wrkflow: "buy" })],
    ["a body that is no object", 422, "validation_failed", start([1])],
    ["an unknown workflow", 404, "workflow_unknown", start({ workflow: "nothing" })],
    ["an id that is taken", 409, "execution_already_started", start({ workflow: "echo", id: "approval-1" })],
    ["an id that is too long", 422, "invalid_argument", start({ workflow: "echo", id: "x".repeat(257) })],
    ["half a surrogate", 422, "invalid_argument", start({ workflow: "echo", id: "\ud800" })],
    ["a wrong duration", 422, "invalid_argument", start({ workflow: "echo", startDelay: "soon" })],
    ["a wrong retry", 422, "invalid_argument", start({ workflow: "echo", retry: { maxAttempts: "many" } })],
    ["wrong attributes", 422, "invalid_argument", start({ workflow: "echo", attributes: { a: {} } })],
    ["wrong attributes altogether", 422, "invalid_argument", start({ workflow: "echo", attributes: [1] })],
    ["a wrong namespace", 422, "invalid_argument", ["/namespaces/~L2E/executions", json({ workflow: "echo" })]],
    ["no JSON", 400, "malformed_request", ["/executions", { ...json(undefined), body: "{" }]],
    [
      "no UTF-8",
      400,
      "malformed_request",
      ["/executions", { ...json(undefined), body: new Uint8Array([34, 255, 34]) }],
    ],
    ["no stored form", 400, "malformed_request", ["/executions", stored('{"$tl":["nope",1]}')]],
    ["no body", 400, "malformed_request", ["/executions", json(undefined)]],
    ["a form that nobody reads", 415, "media_type_unsupported", ["/executions", { method: "POST", body: "a=1" }]],
    ["a payload that does not fit", 422, "validation_failed", signal({ name: "decision", payload: { approved: 1 } })],
    ["a signal that is not taken", 422, "invalid_argument", signal({ name: "other" })],
    ["a signal to what has ended", 409, "execution_closed", ["/executions/broken-1/signals", json({ name: "go" })]],
    ["a signal to nobody", 404, "execution_not_found", ["/executions/nobody/signals", json({ name: "go" })]],
    [
      "a state of another version",
      409,
      "state_conflict",
      ["/executions/approval-1/state", json({ patch: {}, ifVersion: 9 }, {}, "PATCH")],
    ],
    [
      "a patch that is a list",
      422,
      "validation_failed",
      ["/executions/approval-1/state", json({ patch: [] }, {}, "PATCH")],
    ],
    ["an unknown callback", 404, "callback_not_found", ["/callbacks/nobody.x/succeed", { method: "POST" }]],
    ["a failure without a message", 422, "validation_failed", ["/callbacks/nobody.x/fail", json({})]],
    ["an unknown execution", 404, "execution_not_found", ["/executions/nobody"]],
    ["another namespace's execution", 404, "execution_not_found", ["/namespaces/other/executions/approval-1"]],
    ["another namespace's tree", 404, "execution_not_found", ["/namespaces/other/executions/approval-1/tree"]],
    ["another namespace's events", 404, "execution_not_found", ["/namespaces/other/executions/approval-1/events"]],
    [
      "another namespace's cancel",
      404,
      "execution_not_found",
      ["/namespaces/other/executions/approval-1/cancel", { method: "POST" }],
    ],
    ["a cost that nobody counts", 404, "cost_unknown", ["/executions/approval-1/cost"]],
    ["a workflow that is not there", 404, "workflow_unknown", ["/workflows/nothing"]],
    ["a path that is none", 404, "route_unknown", ["/executions/approval-1/wishes"]],
    ["a path that is no text", 404, "route_unknown", ["/executions/~_w"]],
    ["a method that is none", 405, "method_not_allowed", ["/executions/approval-1", { method: "DELETE" }]],
    ["an unknown filter", 422, "validation_failed", ["/executions?stauts=FAILED"]],
    ["an unknown status", 422, "validation_failed", ["/executions?status=NICE"]],
    ["attributes that are no JSON", 422, "validation_failed", ["/executions?attributes=a"]],
    ["a date that is none", 422, "validation_failed", ["/executions?startedAfter=soon"]],
    ["a limit that is none", 422, "validation_failed", ["/executions?limit=0"]],
    ["a cursor that is none", 422, "invalid_argument", ["/executions/approval-1/events?after=nowhere"]],
    ["a wait that is none", 422, "validation_failed", ["/executions/approval-1/outcome?wait=-1"]],
  ])("of %s is %i %s", async (_title, status, code, [path, init]) => {
    const { request, play, failures } = await openApi(WORKFLOWS);
    await play(approval, undefined, { id: "approval-1" });
    await play(broken, undefined, { id: "broken-1" });
    const response = await request(path, init);
    const problem = await problemOf(response);
    expect(response.status).toBe(status);
    expect(problem).toMatchObject({
      status,
      code,
      type: `urn:treeline:problem:${code}`,
      title: expect.any(String) as string,
      detail: expect.stringMatching(/../) as string,
    });
    expect(problem).not.toHaveProperty("error");
    expect(failures).toEqual([]);
  });

  it("names the path of every wrong field", async () => {
    const { post } = await openApi([
      workflow({ name: "w", input: z.object({ a: z.array(z.object({ b: z.int() })) }) }, () => 1),
    ]);
    const { issues } = await problemOf(
      await post("/executions", { workflow: "w", input: { a: [{ b: 1 }, { b: "x" }, {}] } }),
    );
    expect(issues?.map(({ path }) => path)).toEqual(["a[1].b", "a[2].b"]);
  });

  it("says which methods there are", async () => {
    const { request } = await openApi(WORKFLOWS);
    const response = await request("/namespaces/x/executions", { method: "PUT" });
    expect(response.headers.get("allow")).toBe("POST, GET");
  });

  it("D22: of a full inbox is 429", async () => {
    const full = new LimitError("inbox_full", "it has 10000 unread signals");
    const { post } = await openApi([echo], { around: (client) => failing(client, full) });
    const response = await post("/executions/x/signals", { name: "go" });
    expect(response.status).toBe(429);
    expect(await problemOf(response)).toMatchObject({ code: "inbox_full", detail: "it has 10000 unread signals" });
  });
});

describe("a failure of ours", () => {
  it.each([
    ["what should not happen", new TypeError("secret-in-message"), 500, "internal_error"],
    ["a store", new StoreError("store_failed", "secret-in-message"), 503, "store_failed"],
    ["no error at all", "secret-in-message", 500, "internal_error"],
  ])("of %s tells nothing but its code, and the log the rest", async (_title, thrown, status, code) => {
    for (const accept of ["*/*", "application/vnd.treeline+json"]) {
      const { request, failures } = await openApi([echo], { around: (client) => failing(client, thrown) });
      const response = await request("/executions/x", { headers: { accept } });
      const text = await response.clone().text();
      expect(response.status).toBe(status);
      expect(text).not.toContain("secret");
      expect(text).not.toContain(".ts");
      const { code: told, instance } = await problemOf(response);
      expect(told).toBe(code);
      expect(failures).toMatchObject([{ level: "error", fields: { instance, error: thrown } }]);
    }
  });

  it("never shows a stack or a cause, not even to our own client", async () => {
    const refused = new LimitError("inbox_full", "full", { cause: new Error("secret-cause"), data: { unread: 3 } });
    const { request, remote } = await openApi([echo], { around: (client) => failing(client, refused) });
    const response = await request("/executions/x", { headers: { accept: "application/vnd.treeline+json" } });
    const text = await response.text();
    expect(text).not.toContain("secret-cause");
    expect(text).not.toContain("stack");
    await expect(remote.get("x")).rejects.toMatchObject({ code: "inbox_full", data: { unread: 3 } });
    await expect(remote.get("x")).rejects.toBeInstanceOf(LimitError);
  });
});

function stored(body: string): RequestInit {
  return { method: "POST", body, headers: { "content-type": "application/vnd.treeline+json" } };
}

/** A client whose reads and signals fail. */
function failing(client: Client, thrown: unknown): Client {
  const fail = (): Promise<never> => Promise.reject(thrown as Error);
  return overriding(client, { get: fail, signal: fail });
}

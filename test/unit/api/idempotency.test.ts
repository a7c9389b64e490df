/** One execution per key, whatever happens around it. */
import { describe, expect, it } from "vitest";
import { openApi, problemOf, type ApiUnderTest } from "./api-fixture.ts";
import { approval, broken, buy, echo, slow } from "./workflows.ts";

const WORKFLOWS = [buy, approval, broken, echo, slow];

interface Started {
  readonly executionId: string;
}

async function startWith(api: ApiUnderTest, key: string, body: object, namespace = "default"): Promise<Response> {
  return api.post(`/namespaces/${namespace}/executions`, body, { "idempotency-key": key });
}

async function idOf(response: Response): Promise<string> {
  return ((await response.json()) as Started).executionId;
}

describe("the same key with the same request", () => {
  it("is the same execution: while it runs, and after its end", async () => {
    const api = await openApi(WORKFLOWS);
    const body = { workflow: "slow", input: { a: 1, b: [2] }, summary: "s" };
    const first = await startWith(api, "k", body);
    expect(first.status).toBe(201);
    const id = await idOf(first);
    const again = await startWith(api, "k", { summary: "s", input: { b: [2], a: 1 }, workflow: "slow" });
    expect([again.status, again.headers.get("idempotent-replayed"), await idOf(again)]).toEqual([200, "true", id]);
    await api.settle();
    const late = await startWith(api, "k", body);
    expect([late.status, await idOf(late)]).toEqual([200, id]);
    expect((await api.engine.list()).executions).toHaveLength(1);
  });

  it.each([
    ["that waits", { workflow: "approval" }],
    ["that ends at once", { workflow: "echo", input: 1 }],
    ["that fails", { workflow: "broken" }],
  ])("sent by many at once is one execution %s", async (_title, body) => {
    const api = await openApi(WORKFLOWS);
    const answers = await Promise.all(Array.from({ length: 50 }, () => startWith(api, "k", body)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      ...Array<number>(49).fill(200),
      201,
    ]);
    const ids = await Promise.all(answers.map(idOf));
    expect(new Set(ids).size).toBe(1);
    expect((await api.engine.list()).executions).toHaveLength(1);
  });

  it("counts whatever form it is sent in, and by whom", async () => {
    const api = await openApi(WORKFLOWS);
    const first = await startWith(api, "k", { workflow: "echo", input: { a: 1 } });
    const handle = await api.remote.start(echo, { a: 1 }, { idempotencyKey: "k" } as object);
    expect(handle.executionId).toBe(await idOf(first));
  });

  it("is another execution in another namespace", async () => {
    const api = await openApi(WORKFLOWS);
    const ids = await Promise.all(
      ["a", "b"].map(async (ns) => idOf(await startWith(api, "k", { workflow: "echo" }, ns))),
    );
    expect(new Set(ids).size).toBe(2);
  });
});

describe("the same key with another request", () => {
  it.each([
    ["another input", { workflow: "echo", input: 2 }],
    ["another workflow", { workflow: "slow", input: 1 }],
    ["another option", { workflow: "echo", input: 1, summary: "s" }],
  ])("is refused: %s", async (_title, body) => {
    const api = await openApi(WORKFLOWS);
    await startWith(api, "k", { workflow: "echo", input: 1 });
    const before = await startWith(api, "k", body);
    expect(await problemOf(before)).toMatchObject({ status: 422, code: "idempotency_key_reused" });
    await api.settle();
    expect(await problemOf(await startWith(api, "k", body))).toMatchObject({ code: "idempotency_key_reused" });
    expect((await api.engine.list()).executions).toHaveLength(1);
  });

  it("at the same time: one of them wins", async () => {
    const api = await openApi(WORKFLOWS);
    const inputs = Array.from({ length: 20 }, (_, input) => ({ workflow: "echo", input: input % 2 }));
    const answers = await Promise.all(inputs.map((body) => startWith(api, "k", body)));
    const count = (status: number): number => answers.filter((answer) => answer.status === status).length;
    expect([count(201), count(200), count(422)]).toEqual([1, 9, 10]);
  });
});

describe("a key", () => {
  it("is not used by a start that was refused", async () => {
    const api = await openApi(WORKFLOWS);
    expect((await startWith(api, "k", { workflow: "buy", input: {} })).status).toBe(422);
    expect((await startWith(api, "k", { workflow: "buy", input: { item: "x" } })).status).toBe(201);
  });

  it.each([" ", "x".repeat(256)])("is refused when it is no key: %j", async (key) => {
    const api = await openApi(WORKFLOWS);
    const response = await startWith(api, key, { workflow: "echo" });
    expect(await problemOf(response)).toMatchObject({ code: "invalid_argument" });
  });

  it.each(["id", "idConflict", "idReuse"])("does not go with %s", async (field) => {
    const api = await openApi(WORKFLOWS);
    const value = { id: "x", idConflict: "use_existing", idReuse: "allow" }[field];
    const response = await startWith(api, "k", { workflow: "echo", [field]: value });
    expect(await problemOf(response)).toMatchObject({ code: "invalid_argument" });
  });

  it("leaves the caller's metadata as it is", async () => {
    const api = await openApi(WORKFLOWS);
    const id = await idOf(await startWith(api, "k", { workflow: "echo", meta: { nodeId: "n" } }));
    expect((await api.engine.get(id)).meta).toMatchObject({ nodeId: "n" });
  });
});

/** Whose executions are whose (D6). */
import { describe, expect, it } from "vitest";
import { openApi, problemOf, type ApiUnderTest } from "./api-fixture.ts";
import { approval, buy, echo } from "./workflows.ts";

/** A purchase in namespace `a` that waits for its callback. */
async function bought(): Promise<ApiUnderTest & { callbackId: string }> {
  const api = await openApi([buy, approval, echo]);
  await api.play(buy, { item: "x" }, { id: "order", namespace: "a" });
  const [child] = (await api.engine.tree("order", "a")).children;
  await api.engine.signal(child?.execution.id ?? "", "decision", { approved: true }, { namespace: "a" });
  await api.settle();
  const wait = (await api.engine.pending("order", "a")).find(({ kind }) => kind === "CALLBACK");
  return { ...api, callbackId: wait?.callbackId ?? "" };
}

describe("D6: a namespace", () => {
  it("holds its executions: they are found there, and nowhere else", async () => {
    const { request, remote, engine } = await bought();
    const { id } = await engine.get("order", "a");
    for (const name of ["order", id]) {
      expect((await request(`/namespaces/a/executions/${name}`)).status).toBe(200);
      for (const path of [
        `/executions/${name}`,
        `/namespaces/default/executions/${name}`,
        `/namespaces/b/executions/${name}`,
      ]) {
        for (const below of ["", "/ids", "/tree", "/journal", "/pending", "/outcome", "/outcome?wait=1", "/events"]) {
          expect([path + below, (await problemOf(await request(path + below))).code]).toEqual([
            path + below,
            "execution_not_found",
          ]);
        }
      }
    }
    expect((await remote.list({ namespace: "a" })).executions).toHaveLength(2);
    expect((await remote.list({ namespace: "b" })).executions).toEqual([]);
    expect((await remote.list()).executions).toEqual([]);
    expect((await remote.list({ rootId: id })).executions).toEqual([]);
  });

  it("has ids of its own", async () => {
    const { remote, settle } = await openApi([echo]);
    const handles = [
      await remote.start(echo, 1, { id: "x", namespace: "a" }),
      await remote.start(echo, 2, { id: "x" }),
    ];
    await settle();
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual([1, 2]);
    expect((await remote.get("x", "a")).output).toBe(1);
  });

  it("answers its own callbacks, and no others", async () => {
    const { post, callbackId } = await bought();
    for (const how of ["succeed", "fail", "heartbeat"]) {
      const elsewhere = await post(`/namespaces/b/callbacks/${callbackId}/${how}`, { message: "x" });
      expect(await problemOf(elsewhere)).toMatchObject({
        code: how === "succeed" ? "validation_failed" : "callback_not_found",
      });
    }
    const body = { payload: "N-1" };
    const elsewhere = await post(`/namespaces/default/callbacks/${callbackId}/succeed`, body);
    expect(await problemOf(elsewhere)).toMatchObject({ status: 404, code: "callback_not_found" });
    expect((await post(`/namespaces/a/callbacks/${callbackId}/succeed`, body)).status).toBe(204);
  });

  it("is not asked for where a callback's id is all that is known", async () => {
    const { remote, engine, settle, callbackId } = await bought();
    await remote.callbacks.succeed(callbackId, "N-2");
    await settle();
    expect((await engine.get("order", "a")).output).toMatchObject({ number: "N-2" });
  });
});

/** D4: formats carry a number; what was written in one that was released can be read, and goes on, for ever. */
import fs from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { openEngine } from "../../../lib/homes/embedded/engine.ts";
import { openReader, openStore } from "../../../lib/homes/embedded/store.ts";
import { StoreError } from "../../../lib/kernel/errors.ts";
import { workflows } from "../../fixtures/format-1/workflows.ts";
import { openVirtual, type VirtualEngine } from "../../helpers/virtual-engine.ts";
import { temporaryFile } from "./store-fixtures.ts";

const FIXTURE = path.join(import.meta.dirname, "../../fixtures/format-1/store.db");

function copy(): string {
  const file = temporaryFile();
  fs.copyFileSync(FIXTURE, file);
  return file;
}

function formatOf(file: string): unknown {
  const db = new DatabaseSync(file, { readOnly: true });
  onTestFinished(() => db.close());
  return db.prepare("PRAGMA user_version").get()?.["user_version"];
}

async function resumed(file: string): Promise<VirtualEngine> {
  const opened = await openVirtual({ file, workflows, socket: false });
  onTestFinished(() => opened.engine.close());
  return opened;
}

describe("D4: a file of format 1", () => {
  it("has that number, is read as it is, and gets the number of today's files from its next owner", async () => {
    const old = copy();
    const reader = openReader({ file: old });
    expect(reader.headByName("default", "tree")).toMatchObject({ status: "WAITING", parked: false, generation: 1 });
    reader.close();
    expect(formatOf(old)).toBe(1);
    const file = temporaryFile();
    for (const one of [file, old]) openStore({ file: one, durability: "process" }).close();
    expect([formatOf(file), formatOf(old)]).toEqual([2, 2]);
  });

  it("shows all that it holds", async () => {
    const { engine } = await resumed(copy());
    expect(await engine.get("ended")).toMatchObject({
      status: "SUCCEEDED",
      output: 100_000,
      state: { at: new Date(5) },
      documents: [{ id: "report" }],
    });
    const { execution, children } = await engine.tree("tree");
    expect(execution).toMatchObject({ attributes: { kind: "fixture" }, summary: "a tree", meta: { nodeId: "n1" } });
    expect(children.map((node) => node.execution.path)).toEqual(["tree/detached", "tree/waited"]);
    const waits = (await engine.pending("tree")).map(({ kind, name }) => `${kind} ${name}`);
    expect(waits.toSorted()).toEqual([
      "CALLBACK answer",
      "CHILD waited",
      "RECEIVE leaf-done",
      "RECEIVE leaf-done",
      "WAIT branch",
      "WAIT branch",
      "WAIT timer",
    ]);
    expect((await engine.get("retrying", "other")).generation).toBe(2);
  });

  it("goes on: trees, timers, callbacks, buffered signals, retries of steps and of whole executions, delayed starts", async () => {
    const { engine, settle } = await resumed(copy());
    await settle();
    expect(await (await engine.execution("stepping")).result()).toEqual(new Map([["attempt", 2]]));
    expect(await (await engine.execution("delayed")).result()).toEqual(new Map([["attempt", 2]]));
    expect(await (await engine.execution("retrying", "other")).result()).toBe("kept for the second");

    const { children } = await engine.tree("tree");
    for (const { execution } of children) await engine.signal(execution.id, "leaf-done", execution.path);
    const [wait] = (await engine.pending("tree")).filter(({ kind }) => kind === "CALLBACK");
    await engine.callbacks.succeed(wait?.callbackId ?? "", 7n);
    await settle();
    expect(await (await engine.execution("tree")).result()).toEqual({
      early: new Set([1, 2]),
      mapped: [10, 20],
      late: "buffered",
      rest: ["tree/waited", 7n, "timer", "tree/detached"],
      state: { phase: "waiting", "item-1": 1, "item-2": 2 },
    });
    const { executions } = await engine.list({ status: ["PENDING", "RUNNING", "WAITING"] });
    expect(executions).toEqual([]);
  });
});

describe("D4: a file of a newer format", () => {
  it("is refused by whoever opens it, says what to do, and is left as it is", async () => {
    const file = copy();
    const db = new DatabaseSync(file);
    db.exec("PRAGMA user_version = 3");
    db.close();
    const before = fs.readFileSync(file);
    const opens = [
      () => openEngine({ file }),
      async () => openStore({ file, durability: "process" }),
      async () => openReader({ file }),
    ];
    for (const open of opens) {
      const error: unknown = await open().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ code: "store_newer" });
      expect(String(error)).toContain(
        "has format 3, and this version of treeline knows formats up to 2. Use a newer treeline",
      );
    }
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });
});

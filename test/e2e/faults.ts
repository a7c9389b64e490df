/** What breaks on machines, on the deployed stack: its thresholds are lowered, so that it breaks soon. */
import { createHash, randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Workflow } from "../../lib/kernel/definition.ts";
import { ExecutionNotFoundError } from "../../lib/kernel/errors.ts";
import type { Client } from "../../lib/ports/client.ts";
import { homeOf } from "./deployment.ts";
import { Services, until } from "./services.ts";
import { FAULTS } from "./settings.ts";
import * as workflows from "./workflows.ts";

const MEBIBYTE = 1024 * 1024;
const MINUTE_MS = 60_000;
const QUEUES = ["ShortLaunchesUrl", "ShortCompletionsUrl"] as const;

export function faults(): void {
  const { client } = homeOf("Faults", Object.values(workflows) as Workflow[]);
  const services = new Services("Faults");
  crashes(client);
  messages(client, services);
  hosts(client, services);
  sizes(client, services);
  retention(client, services);
}

function crashes(client: Client): void {
  describe("an executor that dies in the middle of a step", { concurrent: true }, () => {
    it("is replaced when its message comes back; what was done before is not done again", async () => {
      const handle = await client.start(workflows.crashesOnce, null);
      const { before, after } = await handle.result();
      expect(after - before).toBeGreaterThan(FAULTS.timeoutSeconds * 1_000);
      const { operations } = await client.get(handle.executionId);
      expect(operations.map((o) => [o.name, o.status, o.result])).toEqual([
        ["before", "SUCCEEDED", before],
        ["crash", "SUCCEEDED", after],
      ]);
    });

    it("is replaced as often as the budget of interruptions says; then the execution fails, and its parent hears", async () => {
      const handle = await client.start(workflows.crashesBelow, null);
      const { status, message } = await handle.result();
      expect(status).toBe("FAILED");
      expect(message).toMatch(/interrupt/i);
      const [child] = (await client.tree(handle.executionId)).children;
      expect(child?.execution.status).toBe("FAILED");
      const { error } = await client.get(child?.execution.id ?? "");
      expect(error?.code).toBe("step_interrupted");
    });
  });
}

function messages(client: Client, services: Services): void {
  describe("messages", { concurrent: true }, () => {
    it("that come twice, late or in another order change nothing", async () => {
      const handle = await client.start(workflows.family, null);
      const { executionId } = handle;
      const tree = await until("the children", async () => {
        const found = await client.tree(executionId);
        return found.children.length === 3 && found;
      });
      const ids = [executionId, ...tree.children.map(({ execution }) => execution.id)];
      for (let round = 0; round < 3; round += 1) {
        for (const id of ids) {
          for (const kind of ["wake", "launch"])
            for (const queue of QUEUES) await services.send(queue, { fmt: 1, kind, id });
          await services.send("ShortCompletionsUrl", { fmt: 1, kind: "park", id, park: 10_001 });
          await services.send("ShortCompletionsUrl", { fmt: 1, kind: "kick", id, host: 1 });
        }
      }
      expect(await handle.result()).toEqual([1, 2, 3]);
      const begun: string[] = [];
      for await (const event of client.events(executionId))
        if (event.type === "execution.started") begun.push(event.executionId);
      expect(begun.toSorted()).toEqual(ids.toSorted());
      for (const id of ids) {
        const { operations } = await client.get(id);
        expect(operations.filter(({ kind, attempts }) => kind === "STEP" && attempts !== 1)).toEqual([]);
      }
    });

    it("D28: in a dead-letter queue fail their execution, and its parent is told", async () => {
      const handle = await client.start(workflows.waitsBelow, 3_600);
      const child = await childOf(client, handle.executionId);
      await services.parked(child);
      await services.send("ShortCompletionsDeadLettersUrl", { fmt: 1, kind: "wake", id: child });
      await expect(handle.result()).rejects.toThrow(/received too often/);
      const { status, error } = await client.get(child);
      expect([status, error?.code]).toEqual(["FAILED", "execution_interrupted"]);
    });

    it("D28: that nobody can read reach a dead-letter queue, and stay there for a person", async () => {
      await services.send("ShortLaunchesUrl", "not ours");
      const found = until("the dead letter", async () => (await services.depth("ShortLaunchesDeadLettersUrl")) > 0);
      await expect(found).resolves.toBe(true);
    });

    it("that are all lost are made up for by the sweep", async () => {
      // Where hosts come so late that none is there.
      const home = new Services("Conformance");
      const late = homeOf("Conformance", [workflows.asks]).client;
      const handle = await late.start(workflows.asks, null);
      const { executionId: id } = handle;
      const { pt } = await home.parked(id);
      // The sender finds it running and wakes nobody; then it stands where it stood, an hour ago, and no message that
      // is under way is about this park any more.
      await home.change(id, "REMOVE pt");
      await late.signal(id, "answer", 42);
      const hourAgo = { N: String(Date.now() - 60 * MINUTE_MS) };
      await home.change(id, "SET pt = :p, psk = :a, pa = :a", {
        ":p": { N: String(Number(pt?.N) + 7) },
        ":a": hourAgo,
      });
      await until(
        "the park's own message to be over",
        async () => Date.now() > Number(hourAgo.N) + 60 * MINUTE_MS + 6_000,
      );
      expect((await late.get(id)).status).toBe("WAITING");
      await home.invoke("Sweep");
      expect(await handle.result()).toBe(42);
    });
  });
}

function retention(client: Client, services: Services): void {
  it("D23: what was kept long enough is deleted, a tree as one", async () => {
    const handle = await client.start(workflows.soonForgotten, null, { id: `soon-forgotten-${randomUUID()}` });
    await handle.result();
    const { children } = await client.tree(handle.executionId);
    const ids = [handle.executionId, ...children.map(({ execution }) => execution.id)];
    expect(ids).toHaveLength(2);
    await until("the end of its retention", async () => {
      await services.invoke("Prune");
      const found = await Promise.all(ids.map((id) => client.get(id).catch((error: unknown) => error)));
      return found.every((error) => error instanceof ExecutionNotFoundError);
    });
  });
}

function hosts(client: Client, services: Services): void {
  describe("waits that last", { concurrent: true }, () => {
    it("D29: stand in Step Functions, one host after the other, with their lineage; the deadline fires", async () => {
      const seconds = 12 * FAULTS.longestHostSeconds;
      const handle = await client.start(workflows.waitsBelow, seconds);
      const child = await childOf(client, handle.executionId);
      const first = await until("the first host", () => services.host(child, 1));
      expect(first.input).toMatchObject({
        id: child,
        workflow: "e2e.waits",
        path: expect.stringContaining("child") as unknown,
        rootId: handle.executionId,
        parentId: handle.executionId,
        host: 1,
        timeoutSeconds: expect.any(Number) as unknown,
      });
      const third = await until("the third host", () => services.host(child, 3));
      expect(third.input).toMatchObject({ id: child, host: 3 });
      expect(await handle.result()).toBe("waited");
      for (let number = 1; (await services.host(child, number)) !== undefined; number += 1) {
        await until(
          `host ${number} to be over`,
          async () => (await services.host(child, number))?.status === "SUCCEEDED",
        );
      }
    });

    it("that somebody aborts in Step Functions are stopped: close policies hold, and the parent is told", async () => {
      const handle = await client.start(workflows.hearsOfStop, null);
      const middle = await childOf(client, handle.executionId);
      const bound = await childOf(client, middle);
      const number = await newestHost(services, middle);
      await services.abortHost(middle, number);
      expect(await handle.result()).toBe("STOPPED");
      await until("the grandchild's end", async () => (await client.get(bound)).status === "STOPPED");
    });

    it("go on when their host fails, and when it just ends", async () => {
      const handle = await client.start(workflows.asks, null);
      const { executionId: id } = handle;
      const number = await newestHost(services, id);
      await services.failHost(id);
      await until("another host", async () => {
        const next = await services.host(id, number + 1);
        return next?.status === "RUNNING";
      });
      await client.signal(id, "answer", "still here");
      expect(await handle.result()).toBe("still here");
    });
  });
}

function sizes(client: Client, services: Services): void {
  describe("what is big", { concurrent: true }, () => {
    it("goes through a child and back, and heads stay small", async () => {
      const text = "0123456789abcdef".repeat(MEBIBYTE / 16);
      const handle = await client.start(workflows.carriesMuch, text);
      const { digest, back } = await handle.result();
      expect(digest).toBe(createHash("sha256").update(text).digest("hex"));
      expect(back).toHaveLength(MEBIBYTE);
      const head = await services.head(handle.executionId);
      expect(JSON.stringify(head).length).toBeLessThan(8_192);
    });

    it("is read again page by page", async () => {
      const steps = 300;
      const handle = await client.start(workflows.writesMuch, steps);
      expect(await handle.result()).toBe(steps);
      expect((await client.get(handle.executionId)).operations).toHaveLength(steps + 1);
    });
  });
}

function childOf(client: Client, id: string): Promise<string> {
  return until(`a child of ${id}`, async () => (await client.tree(id)).children[0]?.execution.id);
}

async function newestHost(services: Services, id: string): Promise<number> {
  return until(`a host of ${id}`, async () => {
    const { ho, ht } = await services.head(id);
    if (ho?.N === undefined || ht === undefined) return undefined;
    const host = await services.host(id, Number(ho.N));
    return host?.status === "RUNNING" && Number(ho.N);
  });
}

/** What is around: state machines, queues, buses and events of the user's, and the HTTP API. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createRemoteClient } from "../../lib/api/remote-client.ts";
import type { Client } from "../../lib/ports/client.ts";
import { emulator, outputsOf, type StackOutputs } from "./deployment.ts";
import { Services, until } from "./services.ts";

const localstack = emulator;

/** The deployed HTTP API, through API Gateway. The emulator knows no authorizers: signatures are tested elsewhere. */
export function apiUrl(stack: string): string {
  return urlOf(outputsOf(stack));
}

export function urlOf(outputs: StackOutputs): string {
  // No URL that could be parsed: the emulator puts the API's name before an IP address.
  const [, id = ""] = /^https:\/\/([^.]+)\./.exec(outputs["ApiUrl"] ?? "") ?? [];
  return localstack().restUrl(id, "prod", "");
}

export function apiClient(stack: string): Client {
  return createRemoteClient({ url: apiUrl(stack) });
}

export function outside(): void {
  targets();
  triggers();
  api();
}

function targets(): void {
  const { client } = localstack();
  const sfn = new SFNClient(client);
  const sqs = new SQSClient(client);
  const services = new Services("Faults");

  async function run(item: string): Promise<{ status: string; output?: unknown; error?: string; cause?: string }> {
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn: services.output("CallerArn"), input: JSON.stringify({ item }) }),
    );
    return until("the state machine's end", async () => {
      const { status = "", output, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (status === "RUNNING") return undefined;
      return {
        status,
        ...(output === undefined ? undefined : { output: JSON.parse(output) as unknown }),
        ...(error === undefined ? undefined : { error }),
        ...(cause === undefined ? undefined : { cause }),
      };
    });
  }

  async function message(queue: string): Promise<Record<string, unknown>> {
    return until(`a message in ${queue}`, async () => {
      const { Messages: [found] = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: services.output(queue) }),
      );
      return found?.Body === undefined ? undefined : (JSON.parse(found.Body) as Record<string, unknown>);
    });
  }

  describe("an end is told to", { concurrent: true }, () => {
    it("a state machine whose state ran the workflow: its result", async () => {
      expect(await run("cup")).toMatchObject({ status: "SUCCEEDED", output: { item: "cup", price: 8 } });
    });

    it("a state machine whose state ran the workflow: its error", async () => {
      expect(await run("nothing")).toMatchObject({ status: "FAILED", error: "NoSuchItem" });
    });

    it("a queue", async () => {
      const onEnd = [{ queue: services.output("EndsUrl") }];
      const input = { item: "cup ".repeat(500) };
      const start = { workflow: "e2e.called", input, onEnd, idempotencyKey: "told-to-a-queue" };
      const started = (await services.invoke("FunctionsStart", start)) as object;
      expect(await message("EndsUrl")).toMatchObject({ ...started, status: "SUCCEEDED", output: { price: 8 } });
      // Once more, it has ended already.
      expect(await services.invoke("FunctionsStart", start)).toEqual(started);
    });

    it("an event bus", async () => {
      const onEnd = [{ eventBus: services.output("BusName") }];
      await services.invoke("FunctionsStart", { workflow: "e2e.called", input: { item: "nothing" }, onEnd });
      const event = await message("FromBusUrl");
      expect(event).toMatchObject({ source: "treeline", detail: { status: "FAILED", error: { type: "NoSuchItem" } } });
    });
  });
}

function triggers(): void {
  describe("an event of EventBridge", { concurrent: true }, () => {
    const client = (): Client => apiClient("Conformance");

    async function startedFor(orderId: string): Promise<readonly string[]> {
      const { executions } = await client().list({ workflow: "welcome" });
      const details = await Promise.all(executions.map(({ id }) => client().get(id)));
      return details.filter(({ input }) => (input as { orderId: string }).orderId === orderId).map(({ id }) => id);
    }

    it("starts the workflow that it triggers", async () => {
      const orderId = randomUUID();
      await new EventBridgeClient(localstack().client).send(
        new PutEventsCommand({
          Entries: [{ Source: "shop", DetailType: "OrderPlaced", Detail: JSON.stringify({ orderId }) }],
        }),
      );
      const [id] = await until("the execution", async () => {
        const found = await startedFor(orderId);
        return found.length > 0 && found;
      });
      const detail = await until("its end", async () => {
        const found = await client().get(id ?? "");
        return found.status === "SUCCEEDED" && found;
      });
      expect(detail.output).toBe(`thank you for ${orderId}`);
    });

    it("that is delivered twice starts it once", async () => {
      // So long that it stands in the journal's own items, which whoever comes second reads.
      const orderId = randomUUID().repeat(400);
      const event = {
        id: randomUUID(),
        source: "shop",
        detailType: "OrderPlaced",
        time: new Date().toISOString(),
        account: "000000000000",
        region: "us-east-1",
        detail: { orderId },
      };
      const payload = { workflow: "welcome", trigger: 0, event };
      const services = new Services("Conformance");
      const one = (await services.invoke("FunctionsTrigger", payload)) as { executionId: string };
      await until("its end", async () => (await client().get(one.executionId)).status === "SUCCEEDED");
      const two = await services.invoke("FunctionsTrigger", payload);
      expect(two).toEqual(one);
      await sleep(500);
      expect(await startedFor(orderId)).toHaveLength(1);
    });
  });
}

function api(): void {
  describe("the examples through API Gateway", { concurrent: true }, () => {
    it("parent and child: start, get, tree, events", async () => {
      const client = apiClient("Conformance");
      const handle = await client.start("purchase", { item: "pen", price: 3 });
      const { executionId: id } = handle;
      const [callback] = await until("the order's callback", async () => {
        const waits = await client.pending(id);
        return waits.length > 0 && waits;
      });
      expect((await client.get(id)).workflow).toBe("purchase");
      const callbackId = callback?.callbackId;
      expect(callbackId).toBeTypeOf("string");
      await client.callbacks.succeed(callbackId ?? "", { trackingNumber: "T-1" });
      expect(await handle.result()).toBe("pen: on its way, T-1");
      const types: string[] = [];
      for await (const { type } of client.events(id)) types.push(type);
      expect(types[0]).toBe("execution.started");
      expect(types.at(-1)).toBe("execution.succeeded");
    });

    it("approval: a signal to a child, found in the tree", async () => {
      const client = apiClient("Conformance");
      const handle = await client.start("purchase", { item: "laptop", price: 1_900 });
      const child = await until("the approval", async () => {
        const { children } = await client.tree(handle.executionId);
        return children[0]?.execution.id;
      });
      await client.signal(child, "decision", { approved: false, by: "Ada" });
      expect(await handle.result()).toBe("laptop: refused by Ada");
    });

    it("fan-out: many children, some of which fail", async () => {
      const handle = await apiClient("Conformance").start("album", { images: 12 });
      expect(await handle.result()).toMatchObject({ resized: 11, damaged: [7] });
    });

    it("refuses with problem+json", async () => {
      const response = await fetch(`${apiUrl("Conformance")}/executions/nobody`);
      expect(response.status).toBe(404);
      expect(response.headers.get("content-type")).toContain("application/problem+json");
    });
  });
}

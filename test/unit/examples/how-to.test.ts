/** The programs of docs/how-to. */
import type { AddressInfo } from "node:net";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openServer } from "../../../examples/how-to/embed-in-a-server.ts";
import { temporaryFolder } from "../cli/fake-terminal.ts";

// Its tests are tests of this file.
import "../../../examples/how-to/test-a-workflow.test.ts";

describe("embed-in-a-server", () => {
  it("starts, answers and shows a purchase, and continues it after the process ended", async () => {
    const file = path.join(temporaryFolder(), "server.db");
    const first = await listen(file);
    const { executionId } = (await first.ask("POST", "/purchases")) as { executionId: string };
    await first.close();

    const second = await listen(file);
    onTestFinished(second.close);
    expect(await second.ask("GET", `/purchases/${executionId}`)).toEqual({ status: "WAITING" });
    await second.ask("POST", `/purchases/${executionId}/decision`, { approved: true, by: "Ada" });
    await second.settled(executionId);
    expect(await second.ask("GET", `/purchases/${executionId}`)).toEqual({
      status: "SUCCEEDED",
      output: "bought, approved by Ada",
    });
  });
});

interface Listening {
  ask(method: string, route: string, body?: unknown): Promise<unknown>;
  settled(executionId: string): Promise<void>;
  close(): Promise<void>;
}

async function listen(file: string): Promise<Listening> {
  const { server, close, engine } = await openServer(file);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ask: async (method, route, body) => {
      const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
      return (await fetch(`http://127.0.0.1:${port}${route}`, init)).json();
    },
    settled: async (executionId) => void (await (await engine.execution(executionId)).outcome()),
    close,
  };
}

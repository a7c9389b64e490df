/** An operator's commands, as he types them, on the stack whose code was deployed three times. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, it } from "vitest";
import { pauseConsumers, resumeConsumers } from "../../lib/operator/paused-consumers.ts";
import { realWaiting } from "../../lib/operator/waiting.ts";
import type { Redriven } from "../../lib/operator/redrive.ts";
import type { VersionsReport } from "../../lib/operator/versions.ts";
import { emulator, homeOf, outputsOf } from "./deployment.ts";
import { Services, until } from "./services.ts";
import { parent } from "./versions/v3.ts";

const treeline = path.resolve(import.meta.dirname, "../../bin/treeline.mjs");
const STACK = "Versions";

async function said<T>(...args: readonly string[]): Promise<T> {
  const command = [treeline, ...args, "--stack", STACK, "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, command, { env: emulator().env });
  return JSON.parse(stdout) as T;
}

export function operator(): void {
  describe("an operator", () => {
    it("redrives: a launch that died in its queue goes back, and its execution begins", async () => {
      const services = new Services(STACK);
      // As if it had been received too often.
      const { client } = homeOf(STACK, [parent], {
        ...outputsOf(STACK),
        ShortLaunchesUrl: services.output("ShortLaunchesDeadLettersUrl"),
      });
      const given = await client.start(parent, null);
      await expect(given.result()).rejects.toThrow(/received too often/);
      const lambda = new LambdaClient(emulator().client);
      const waiting = realWaiting(() => Date.now(), new AbortController().signal);
      const { paused } = await pauseConsumers(lambda, await services.arn("ShortLaunchesDeadLettersUrl"), waiting);
      try {
        // The function that was paused may have asked for one more before.
        const { id, found } = await until("a letter that stays", async () => {
          const { executionId } = await client.start(parent, null);
          const [queue] = await redriven("--dry-run");
          return queue?.waiting === 1 && { id: executionId, found: queue };
        });
        expect(found).toMatchObject({
          queue: "short-launches",
          waiting: 1,
          moved: 0,
          letters: [{ kind: "launch", id }],
        });
        expect((await client.get(id)).status).toBe("PENDING");
        expect((await redriven())[0]).toMatchObject({ waiting: 1, moved: 1 });
        await services.parked(id);
        expect(await services.depth("ShortLaunchesDeadLettersUrl")).toBe(0);
        await client.stop(id, "it has begun");
      } finally {
        await resumeConsumers(lambda, paused, waiting);
      }
    });

    it("D26: sees which versions executions still run on, and deletes the others", async () => {
      const { client } = homeOf(STACK, [parent]);
      const { executionId: id } = await client.start(parent, null);
      await new Services(STACK).parked(id);
      const states = ({ versions }: VersionsReport): Record<string, string> =>
        Object.fromEntries(
          versions.filter((each) => each.executor === "short").map(({ version, state }) => [version, state]),
        );
      expect(states(await said("versions"))).toEqual({ 1: "recent", 2: "recent", 3: "live" });
      expect(states(await said("versions", "--prune", "--force"))).toEqual({ 1: "deleted", 2: "deleted", 3: "live" });
      expect(states(await said("versions"))).toEqual({ 3: "live" });
      const { children } = await client.tree(id);
      for (const each of [id, ...children.map(({ execution }) => execution.id)]) await client.signal(each, "go");
      const end = await until("its end", async () => {
        const { output } = await client.get(id);
        return output;
      });
      expect(end).toEqual({ own: "v3", child: "v3" });
    });
  });
}

async function redriven(...options: readonly string[]): Promise<readonly Redriven[]> {
  const { queues } = await said<{ queues: readonly Redriven[] }>("redrive", "--queue", "short-launches", ...options);
  return queues;
}

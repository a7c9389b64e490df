/** What a definition must be shows when it is made, or when two of them meet. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { WorkflowDefinitionError } from "../../../lib/kernel/errors.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const nothing = async (): Promise<null> => null;
/** As JavaScript calls it. */
const define = workflow as (...args: unknown[]) => ReturnType<typeof workflow>;

describe("a definition", () => {
  it("is data: what the engine has to know, and nothing that was not said", () => {
    const input = z.object({ n: z.number() });
    const defined = workflow(
      { name: "w", input, description: "Counts.", executionTimeout: "1h", maxDepth: 0 },
      nothing,
    );
    expect(defined).toMatchObject({
      name: "w",
      version: "1",
      frontend: "code",
      input,
      description: "Counts.",
      executionTimeoutMs: 3_600_000,
      maxDepth: 0,
    });
    expect(defined).not.toHaveProperty("output");
    expect(defined).not.toHaveProperty("retentionMs");
  });

  it("has a digest of its name, its version and its source", () => {
    const { digest } = workflow({ name: "w" }, nothing);
    expect(workflow({ name: "w" }, nothing).digest).toBe(digest);
    const others = [
      workflow({ name: "v" }, nothing),
      workflow({ name: "w", version: "2" }, nothing),
      workflow({ name: "w" }, async () => 1),
    ];
    expect(others.map((other) => other.digest)).not.toContain(digest);
  });

  it("fills the gaps of its retry policy", () => {
    const { retry } = workflow({ name: "w", retry: { maxAttempts: 5, maxDelay: "2s" } }, nothing);
    expect(retry).toEqual({ maxAttempts: 5, initialDelayMs: 1_000, maxDelayMs: 2_000, backoffRate: 2, jitter: "FULL" });
  });
});

describe("M15 the entrypoint", () => {
  it("M15 is exactly one function", () => {
    expect(() => define({ name: "w" })).toThrow("workflow w: the second argument must be its function");
    expect(() => define({ name: "w" }, { run: nothing })).toThrow(WorkflowDefinitionError);
    expect(() => define({ name: "w" }, nothing, nothing)).toThrow("workflow w: it must have exactly one function");
  });

  it("M15 has schemas where its types are to be held at run time", () => {
    const notASchema = "must be a Standard Schema (zod, valibot, arktype, …)";
    expect(() => define({ name: "w", input: { n: "number" } }, nothing)).toThrow(`workflow w: input ${notASchema}`);
    expect(() => define({ name: "w", output: null }, nothing)).toThrow(`workflow w: output ${notASchema}`);
    expect(() => define({ name: "w", signals: { go: () => true } }, nothing)).toThrow(
      `workflow w: signals.go ${notASchema}`,
    );
  });

  it("M15 may be synchronous: there is nothing to wait for then", async () => {
    const { play } = await openVirtual();
    const handle = await play(
      workflow({ name: "w" }, (_ctx, n: number) => n + 1),
      1,
    );
    expect(await handle.result()).toBe(2);
  });
});

describe("M16 names", () => {
  it.each(["executions", "schedules", "definitions", "internal"])(
    "M16 cannot be %s, which the API's paths take",
    (name) => {
      expect(() => workflow({ name }, nothing)).toThrow(`the workflow name "${name}" is reserved`);
    },
  );

  it.each(["__get_pending_inputs", "__submit_input", "__internal__", "__internal__x"])(
    "M16 cannot be %s, neither as workflow, signal nor step",
    async (name) => {
      expect(() => workflow({ name }, nothing)).toThrow(/is reserved/);
      expect(() => workflow({ name: "w", signals: { [name]: z.string() } }, nothing)).toThrow(/is reserved/);
      const { play } = await openVirtual();
      const handle = await play(
        workflow({ name: "w" }, async (ctx: WorkflowContext) => ctx.step(name, nothing)),
        null,
      );
      await expect(handle.result()).rejects.toThrow(/is reserved/);
    },
  );

  it.each([undefined, "", "a b", "-a", "a/b", "x".repeat(129), 7])("M16 are words: not %s", (name) => {
    expect(() => define({ name }, nothing)).toThrow(/a workflow's name is 1 to 128 letters/);
  });

  it.each(["a", "order.charge:v2_final-1", "Überweisung", "x".repeat(128)])("M16 may be %s", (name) => {
    expect(workflow({ name }, nothing).name).toBe(name);
  });

  it("M16 are unique: the same one twice is the same, another one is refused", async () => {
    const { engine } = await openVirtual();
    const first = workflow({ name: "w" }, nothing);
    engine.register([first, workflow({ name: "w" }, nothing)]);
    expect(() => engine.register([workflow({ name: "w" }, async () => 2)])).toThrow(
      /two different workflows are called w in version 1/,
    );
    engine.register([workflow({ name: "w", version: "2" }, async () => 2)]);
    expect(engine.workflows()).toMatchObject([{ name: "w", version: "2" }]);
  });
});

describe("options", () => {
  const wrong: [title: string, options: Record<string, unknown>, message: string][] = [
    ["an unknown one", { inputs: z.string() }, `workflow w: inputs is not an option; there are name, version,`],
    ["a version that is no text", { version: 2 }, "workflow w: version must be text that is not empty; it is 2"],
    ["an empty version", { version: "" }, "workflow w: version must be text that is not empty"],
    [
      "a depth that is no whole number",
      { maxDepth: 1.5 },
      "workflow w: maxDepth must be a whole number of 0 or more; it is 1.5",
    ],
    ["a negative depth", { maxDepth: -1 }, "workflow w: maxDepth must be a whole number of 0 or more; it is -1"],
    [
      "no time to live",
      { executionTimeout: 0 },
      "executionTimeout of workflow w must be a duration longer than nothing",
    ],
    ["a negative time to live", { executionTimeout: -1 }, "executionTimeout of workflow w "],
    ["a time that is none", { executionTimeout: "soon" }, "executionTimeout of workflow w must be a duration"],
    ["a retention that is no time", { retention: "long" }, "retention of workflow w must be a duration"],
    [
      "a policy that is none",
      { retry: { maxAttempts: 0 } },
      "retry.maxAttempts of workflow w must be a whole number of 1 or more, or Infinity; it is 0",
    ],
  ];
  it.each(wrong)("are refused at once: %s", (_title, options, message) => {
    expect(() => define({ name: "w", ...options }, nothing)).toThrow(message);
  });

  it("must be there", () => {
    expect(() => define()).toThrow(WorkflowDefinitionError);
  });
});

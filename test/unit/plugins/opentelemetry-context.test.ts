/** What the user's code and logs find of a trace, and what becomes of an execution when tracing goes wrong: nothing. */
import { setImmediate } from "node:timers/promises";
import { context, diag, DiagLogLevel, trace, TraceFlags, type TracerProvider } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, ParentBasedSampler, AlwaysOnSampler, type Span } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { openTelemetry, TreelineIdGenerator, traceMeta } from "../../../lib/plugins/opentelemetry/index.ts";
import { traceIdOf } from "../../../lib/plugins/opentelemetry/span-ids.ts";
import type { ClientStartOptions } from "../../../lib/ports/client.ts";
import type { Plugin } from "../../../lib/ports/plugin.ts";
import { openVirtual, type VirtualEngine } from "../../helpers/virtual-engine.ts";
import { idOf, linksOf, Traces } from "./traces.ts";

const ROOT = "root0000000000000001";

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  context.disable();
});

type Code = (ctx: WorkflowContext, input: any) => unknown;

async function play(
  code: Code,
  plugins: readonly Plugin[],
  options: ClientStartOptions = {},
): Promise<VirtualEngine & { status: string }> {
  const virtual = await openVirtual({ plugins, eviction: "always", determinism: "throw" });
  const handle = await virtual.play(workflow({ name: "w" }, code as never), null, options);
  const { status } = await handle.outcome();
  await virtual.engine.close();
  return { ...virtual, status };
}

const activeId = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId;

describe("the active span", () => {
  it("is the attempt's in a step's body, also behind its awaits: the user's spans hang below it", async () => {
    const traces = new Traces();
    const tracer = traces.provider.getTracer("of the user");
    const code: Code = async (ctx) =>
      ctx.step("call", async () => {
        await setImmediate();
        tracer.startActiveSpan("request", (span) => span.end());
      });
    await play(code, traces.plugins);
    expect(traces.tree()).toEqual([
      "w SUCCEEDED",
      "  step call SUCCEEDED",
      "    step call attempt 1 SUCCEEDED",
      "      request",
    ]);
    expect(traces.problems()).toEqual([]);
  });

  it("is the invocation's in the workflow's code, each time that it runs", async () => {
    const traces = new Traces();
    const seen: (string | undefined)[] = [];
    const code: Code = async (ctx) => {
      seen.push(activeId());
      await ctx.wait("pause", 10);
      seen.push(activeId());
      await ctx.runInChildContext("inside", async () => seen.push(activeId()));
    };
    await play(code, traces.plugins);
    const [first, second] = traces.ended.filter(({ name }) => name === "w invocation").map(idOf);
    expect(seen).toEqual([first, second, second, second]);
  });

  it("is not that of whoever started it, nor left behind", async () => {
    const traces = new Traces();
    const outer = traces.provider.getTracer("of the caller").startSpan("request");
    let inside: string | undefined;
    await context.with(trace.setSpan(context.active(), outer), async () => {
      await play(async (ctx) => ctx.step("s", () => void (inside = activeId())), traces.plugins);
      expect(activeId()).toBe(idOf(outer as never));
    });
    expect(inside).toBe(idOf(traces.named("step s attempt 1")));
    outer.end();
  });
});

describe("the log", () => {
  it("tells trace and span: the attempt's in a step, the invocation's elsewhere", async () => {
    const traces = new Traces();
    const code: Code = async (ctx) => {
      ctx.logger.info("in the workflow", { a: 1 });
      await ctx.step("s", (s) => s.logger.info("in the step"));
    };
    const { logs } = await play(code, traces.plugins);
    const at = { trace_id: traceIdOf(ROOT), trace_flags: "01" };
    expect(logs.map(({ fields }) => fields)).toEqual([
      { ...at, span_id: idOf(traces.named("w invocation")), a: 1 },
      { ...at, span_id: idOf(traces.named("step s attempt 1")) },
    ]);
  });
});

describe("whoever starts an execution", () => {
  it("is linked to it, and its trace is another one", async () => {
    const traces = new Traces();
    const request = traces.provider.getTracer("of the caller").startSpan("request");
    const meta = context.with(trace.setSpan(context.active(), request), () => traceMeta());
    request.end();
    await play(
      async (ctx) =>
        ctx.execute(
          workflow({ name: "c" }, () => 1),
          null,
        ),
      traces.plugins,
      { meta },
    );
    const { traceId, spanId } = request.spanContext();
    expect(traces.named("w").links).toMatchObject([{ context: { traceId, spanId, traceFlags: TraceFlags.SAMPLED } }]);
    expect(traces.named("w").spanContext().traceId).not.toBe(traceId);
    expect(linksOf(traces.named("c"))).toEqual([]);
  });

  it("need not be traced, nor say anything that can be read", async () => {
    expect(traceMeta()).toEqual({});
    const traces = new Traces();
    await play(() => 1, traces.plugins, { meta: { traceparent: "00-zz-01" } });
    expect(traces.named("w").links).toEqual([]);
  });
});

describe("sampling", () => {
  const code: Code = async (ctx) => {
    await ctx.step("s", () => trace.getTracer("of the user").startSpan("inside").end());
    ctx.logger.info("hello");
  };

  it("leaves out whole trees, with what the user's code does in them, and logs still tell the trace", async () => {
    const traces = new Traces({ ratio: 0, sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }) });
    trace.setGlobalTracerProvider(traces.provider);
    onTestFinished(() => trace.disable());
    const { logs, status } = await play(code, traces.plugins);
    expect(status).toBe("SUCCEEDED");
    expect(traces.ended).toEqual([]);
    expect(logs[0]?.fields).toMatchObject({ trace_id: traceIdOf(ROOT), trace_flags: "00" });
  });

  it("takes the share that was asked for", async () => {
    const traces = new Traces({ ratio: 0.25 });
    const virtual = await openVirtual({ plugins: traces.plugins });
    for (let root = 0; root < 400; root += 1)
      await virtual.engine.start(
        workflow({ name: "w" }, () => 1),
        null,
      );
    await virtual.settle();
    expect(traces.traceByRoot().size).toBeGreaterThan(70);
    expect(traces.traceByRoot().size).toBeLessThan(130);
  });
});

describe("tracing that goes wrong", () => {
  const code: Code = async (ctx) => {
    await ctx.wait("pause", 10);
    await ctx.runInChildContext("inside", async (inside) => inside.step("s", () => 1));
    return "fine";
  };
  const broken = new Error("no collector");
  const fail = (): never => {
    throw broken;
  };

  it.each<[title: string, provider: () => object]>([
    ["has no tracer", () => ({ getTracer: fail })],
    ["starts no span", () => ({ getTracer: () => ({ startSpan: fail }) })],
    [
      "ends no span",
      () => {
        const real = new BasicTracerProvider().getTracer("x");
        const startSpan = (...args: Parameters<typeof real.startSpan>): unknown =>
          Object.assign(real.startSpan(...args), { end: fail, setStatus: fail });
        return { getTracer: () => ({ startSpan }) };
      },
    ],
  ])("changes nothing: it %s", async (_title, provider) => {
    const plugin = openTelemetry({ ids: new TreelineIdGenerator(), tracerProvider: provider() as TracerProvider });
    const { status, logs } = await play(code, [plugin]);
    expect(status).toBe("SUCCEEDED");
    expect(logs.map(({ message }) => message)).toContain("plugin opentelemetry threw: no collector");
  });

  it("is told when spans do not get their ids: the provider has another generator", async () => {
    const warnings: string[] = [];
    const silent = (): void => undefined;
    const logger = { error: silent, warn: (text: string) => warnings.push(text), info: silent, debug: silent };
    diag.setLogger({ ...logger, verbose: silent }, DiagLogLevel.WARN);
    onTestFinished(() => diag.disable());
    const plugin = openTelemetry({ ids: new TreelineIdGenerator(), tracerProvider: new BasicTracerProvider() });
    await play(code, [plugin]);
    expect(warnings).toEqual([expect.stringContaining("give the tracer provider the same TreelineIdGenerator")]);
  });

  it("costs nothing without a provider", async () => {
    expect((await play(code, [openTelemetry({ ids: new TreelineIdGenerator() })])).status).toBe("SUCCEEDED");
  });
});

describe("an engine that is closed", () => {
  it("has the provider send what it has gathered", async () => {
    let flushed = 0;
    const tracerProvider = Object.assign(new BasicTracerProvider(), { forceFlush: async () => void (flushed += 1) });
    await play(() => 1, [openTelemetry({ ids: new TreelineIdGenerator(), tracerProvider })]);
    expect(flushed).toBe(1);
  });

  it("is closed, too, when that fails, and says so", async () => {
    const plugin: Plugin = { name: "full", flush: () => Promise.reject(new Error("no room")) };
    const { logs } = await play(() => 1, [plugin]);
    expect(logs.map(({ message }) => message)).toEqual(["plugin full could not flush: Error: no room"]);
  });
});

describe("the id generator", () => {
  it("gives its ids to one span, and others to those that a processor begins meanwhile", () => {
    const ids = new TreelineIdGenerator();
    const begun: string[] = [];
    const onStart = (span: Span): void => {
      begun.push(span.spanContext().traceId);
      if (begun.length === 1) provider.getTracer("x").startSpan("nested", { root: true });
    };
    const nothing = async (): Promise<void> => undefined;
    const processor = { onStart, onEnd: () => undefined, forceFlush: nothing, shutdown: nothing };
    const provider = new BasicTracerProvider({ idGenerator: ids, spanProcessors: [processor] });
    const wanted = { traceId: "a".repeat(32), spanId: "b".repeat(16) };
    const span = ids.with(wanted, () => provider.getTracer("x").startSpan("outer"));
    expect(span.spanContext()).toMatchObject(wanted);
    expect(begun[0]).toBe(wanted.traceId);
    expect(begun[1]).toMatch(/^[\da-f]{32}$/);
    expect(begun[1]).not.toBe(wanted.traceId);
  });
});

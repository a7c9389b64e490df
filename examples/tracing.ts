/**
 * One OpenTelemetry trace over a tree of executions, printed by the console exporter when it is over.
 *
 *   node --conditions=treeline-source examples/tracing.ts
 *
 * To see it drawn, send it to a collector instead: `OTLPTraceExporter` of @opentelemetry/exporter-trace-otlp-http, behind
 * a `BatchSpanProcessor`. In a project of yours, plain `node` does.
 */
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { openEngine, workflow } from "treeline";
import { openTelemetry, traceMeta, TreelineIdGenerator } from "treeline/opentelemetry";

// Spans of steps and children find their parents by their ids, in whichever process those are made: so the provider and
// the plugin share the generator.
const ids = new TreelineIdGenerator();
const tracerProvider = new BasicTracerProvider({
  idGenerator: ids,
  spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())],
});
// So that spans of yours, and of the libraries that you call, hang below the attempt that they are made in.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(tracerProvider);

const tracer = trace.getTracer("shop");

const charge = workflow({ name: "charge" }, async (ctx) =>
  ctx.step("call the bank", async () => tracer.startActiveSpan("POST /payments", async (span) => span.end())),
);

const order = workflow({ name: "order" }, async (ctx) => {
  await ctx.execute(charge, null);
  ctx.logger.info("charged");
  await ctx.wait("cooling off", "1s");
  return ctx.step("pack", () => "packed");
});

const engine = await openEngine({
  file: ":memory:",
  workflows: [order, charge],
  plugins: [openTelemetry({ ids, tracerProvider })],
});

// The execution gets a trace of its own, linked to the request that started it.
const outcome = await tracer.startActiveSpan("GET /order", async (request) => {
  const handle = await engine.start(order, null, { meta: traceMeta() });
  request.end();
  return handle.result();
});
console.error(outcome);
await engine.close();

/** What `npm run demo` does around its workflows: runs one, shows its tree, sums up, and says where to look next. */
import { openEngine, type Engine } from "../homes/embedded/engine.ts";
import type { Workflow } from "../kernel/definition.ts";
import type { Client, ClientHandle } from "../ports/client.ts";
import { aborted, follow } from "./follow.ts";
import { createPaint } from "./glyphs.ts";
import { onInterrupt } from "./interrupt.ts";
import { logTo } from "./log-line.ts";
import { toText } from "./output.ts";
import { summaryLine } from "./summary.ts";
import { displayTarget, processTerminal, suggestion } from "./terminal.ts";
import { createDisplay, type TreeDisplay } from "./tree-display.ts";

export interface Demo {
  // oxlint-disable-next-line typescript/no-explicit-any -- a list of workflows of any types
  readonly workflows: readonly Workflow<any, any>[];
  /** File the workflows come from, so that `resume` finds them. */
  readonly module: string;
  readonly file: string;
  start(client: Client): Promise<ClientHandle>;
}

export async function runDemo(demo: Demo): Promise<void> {
  const terminal = processTerminal();
  const target = displayTarget(terminal.stdout, terminal.env);
  const paint = createPaint(target.colors);
  const print = (text: string): void => void terminal.stdout.write(`${text}\n`);
  print(paint.dim(`Everything is recorded in ${demo.file} before it counts; press Ctrl-C to see.\n`));
  const display = createDisplay(target);
  const { workflows, module, file } = demo;
  const engine = await openEngine({
    file,
    workflows,
    module,
    log: logTo((text) => display.print(text), target.colors),
  });
  try {
    const begun = terminal.now();
    const handle = await demo.start(engine);
    const interrupted = await watch(engine, handle, display);
    display.close();
    print(`\n${summaryLine(display.model, { elapsedMs: terminal.now() - begun, commits: engine.commits }, paint)}`);
    const next = (command: string): string => `  ${suggestion(terminal, command, { file })}`;
    if (interrupted) return print(`\nWhat has not ended goes on with\n${next("resume")}`);
    print(`${paint.dim("result")} ${toText(await handle.result())}`);
    const commands = [`tree ${handle.publicId}`, `show ${handle.publicId}`, `events ${handle.publicId}`, "list"];
    print(`\nLook next at\n${commands.map(next).join("\n")}`);
  } finally {
    display.close();
    await engine.close();
  }
}

/** True when it was interrupted. */
async function watch(engine: Engine, handle: ClientHandle, display: TreeDisplay): Promise<boolean> {
  const interrupt = onInterrupt();
  try {
    await Promise.race([
      follow(engine, { id: handle.executionId, namespace: "default" }, display, interrupt.signal),
      aborted(interrupt.signal),
    ]);
    if (interrupt.signal.aborted) process.exitCode = interrupt.code;
    return interrupt.signal.aborted;
  } finally {
    interrupt.dispose();
  }
}

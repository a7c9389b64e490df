/** An engine in memory (unless a file is named) whose time moves only when nothing else can. */
import { type Engine, openEngine } from "../../lib/homes/embedded/engine.ts";
import type { EngineOptions } from "../../lib/homes/embedded/engine-options.ts";
import type { Workflow } from "../../lib/kernel/definition.ts";
import type { ClientHandle, ClientStartOptions } from "../../lib/ports/client.ts";
import type { LogLine } from "../../lib/ports/log-sink.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface VirtualEngine {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly logs: readonly LogLine[];
  /** Lets everything happen that can, skipping time, until nothing moves. */
  settle(): Promise<void>;
  /** Starts it and settles. */
  play(workflow: Workflow<any, any>, input?: unknown, options?: ClientStartOptions): Promise<ClientHandle>;
}

export async function openVirtual(options: EngineOptions = {}): Promise<VirtualEngine> {
  const clock = options.clock instanceof VirtualClock ? options.clock : new VirtualClock();
  const logs: LogLine[] = [];
  let roots = 0;
  const engine = await openEngine({
    file: ":memory:",
    clock,
    ids: { root: () => `root${String((roots += 1)).padStart(16, "0")}`, random: () => 0.5 },
    log: (line) => void logs.push(line),
    ...options,
  });
  const settle = async (): Promise<void> => {
    do await engine.idle();
    while (clock.fireNext());
  };
  return {
    engine,
    clock,
    logs,
    settle,
    play: async (workflow, input, startOptions) => {
      const handle = await engine.start(workflow, input, startOptions);
      await settle();
      return handle;
    },
  };
}

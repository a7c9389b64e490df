/** One file, one clock, and the engines that open the file one after the other, or side by side. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { type AbandonableEngine, openAbandonable } from "../../lib/homes/embedded/engine.ts";
import type { EngineOptions } from "../../lib/homes/embedded/engine-options.ts";
import type { Workflow } from "../../lib/kernel/definition.ts";
import type { LogLine } from "../../lib/ports/log-sink.ts";
import { VirtualClock } from "../helpers/virtual-clock.ts";

export type StageOptions = Pick<EngineOptions, "eviction" | "onCodeMismatch">;

/** A file, a clock, and what its engines had to complain about. */
export class Stage {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "treeline-one-writer-"));
  readonly clock = new VirtualClock();
  readonly complaints: LogLine[] = [];
  readonly #engines: AbandonableEngine[] = [];
  #roots = 0;

  async open(workflows: readonly Workflow<any, any>[], options: StageOptions = {}): Promise<AbandonableEngine> {
    const engine = await openAbandonable({
      file: path.join(this.folder, "treeline.db"),
      socket: false,
      workflows,
      ...options,
      clock: this.clock,
      ids: { root: () => `root${String((this.#roots += 1)).padStart(16, "0")}`, random: () => 0.5 },
      log: (line) => void (line.level === "error" && this.complaints.push(line)),
    });
    this.#engines.push(engine);
    return engine;
  }

  /** Lets everything happen that can in every engine, open or closed, and time go on. */
  async settle(engine: AbandonableEngine): Promise<void> {
    do await engine.idle();
    while (this.clock.fireNext());
    await rest();
  }

  async clean(): Promise<void> {
    for (const engine of this.#engines) await engine.close().catch(() => undefined);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a dead or closed engine still does, it does in microtasks and ticks. */
export async function rest(): Promise<void> {
  await setTimeout(5);
}

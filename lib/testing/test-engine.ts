/** An engine whose time moves only when nothing else can: hours of waiting take no time, and every run is the same. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openAbandonable, type AbandonableEngine } from "../homes/embedded/engine.ts";
import type { OnCodeMismatch } from "../homes/embedded/blocks.ts";
import { loadSqlite } from "../homes/embedded/sqlite.ts";
import type { EngineLimits, EngineOptions } from "../homes/embedded/engine-options.ts";
import type { AnyWorkflow } from "../kernel/context.ts";
import type { InputOf, OutputOf, Workflow } from "../kernel/definition.ts";
import { check } from "../kernel/options.ts";
import type { Client, ClientStartOptions } from "../ports/client.ts";
import type { LogSink } from "../ports/log-sink.ts";
import type { Plugin } from "../ports/plugin.ts";
import { type Mocks, mocksOf, withMocks } from "./mocks.ts";
import { TESTING_OPTIONS } from "./option-table.ts";
import { outsideDeadline } from "./outside-waits.ts";
import { TestRun } from "./test-run.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface TestEngineOptions {
  // oxlint-disable-next-line typescript/no-explicit-any -- a list of workflows of any types
  readonly workflows: readonly Workflow<any, any>[];
  readonly mocks?: Mocks;
  /** `always` replays at every wait: finds code that is not deterministic. @default "lru" */
  readonly eviction?: "lru" | "always";
  /** `block` keeps an execution whose journal does not fit the code, as `openEngine` does. @default "fail" */
  readonly onCodeMismatch?: OnCodeMismatch;
  readonly limits?: Partial<EngineLimits>;
  readonly plugins?: readonly Plugin[];
  /** @default nothing is logged */
  readonly log?: LogSink;
}

/** Opens an engine for one test. Close it at the end, or write `await using engine = await createTestEngine(…)`. */
export async function createTestEngine(options: TestEngineOptions): Promise<TestEngine> {
  loadSqlite(); // before a folder is made
  check(TESTING_OPTIONS.TestEngineOptions, options ?? null, "createTestEngine");
  const engine = new TestEngine(options);
  await engine.open();
  return engine;
}

interface Followed {
  readonly executionId: string;
  readonly ended: () => boolean;
}

export class TestEngine implements AsyncDisposable {
  readonly clock: VirtualClock = new VirtualClock();
  readonly #options: TestEngineOptions;
  readonly #folder: string = mkdtempSync(path.join(tmpdir(), "treeline-test-"));
  #engine: AbandonableEngine | undefined;

  constructor(options: TestEngineOptions) {
    this.#options = options;
  }

  get client(): Client {
    return this.#opened;
  }

  get #opened(): AbandonableEngine {
    if (this.#engine === undefined) throw new Error("this test engine is closed");
    return this.#engine;
  }

  async open(): Promise<void> {
    const { workflows, mocks = {}, eviction, limits, plugins, log, onCodeMismatch = "fail" } = this.#options;
    const parts: EngineOptions = {
      file: path.join(this.#folder, "test.db"),
      workflows: [...workflows, ...mocksOf(workflows, mocks)],
      clock: this.clock,
      log: log ?? (() => undefined),
      socket: false,
      paused: true,
      determinism: "throw",
      onCodeMismatch,
      ...(eviction === undefined ? undefined : { eviction }),
      ...(limits === undefined ? undefined : { limits }),
      ...(plugins === undefined ? undefined : { plugins }),
    };
    // Also those that a workflow hands over as objects.
    this.#engine = await openAbandonable(parts, (workflow) => withMocks(workflow, mocks));
    await this.#engine.resume();
  }

  /**
   * Starts an execution and lets work and time go on until it has ended, or until its tree waits for somebody outside: a
   * signal, a patch, the answer of a callback. Time stops before the deadline of such a wait; `advance` goes past it.
   */
  async run<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options: ClientStartOptions = {},
  ): Promise<TestRun<OutputOf<W>>> {
    // By name: what is registered may be the mock of it.
    const name = (typeof workflow === "string" ? workflow : workflow.name) as W;
    const handle = await this.#opened.start(name, input, options);
    const run = new TestRun<OutputOf<W>>(this, handle);
    await this.follow({ executionId: run.executionId, ended: () => run.ended });
    return run;
  }

  /** As `run` does with an execution that it has started. */
  async follow({ executionId, ended }: Followed): Promise<void> {
    for (;;) {
      await this.#opened.idle();
      const next = this.clock.next();
      if (ended() || next === undefined) return;
      const limit = await outsideDeadline(this.#opened, executionId);
      if (limit !== undefined && next >= limit) return;
      this.clock.fireNext();
    }
  }

  /** Lets work go on, and time when no work is left, past every deadline, until `done` or until no timer is left. */
  async settle(done: () => boolean = () => false): Promise<void> {
    do {
      await this.#opened.idle();
    } while (!done() && this.clock.fireNext());
  }

  /** Lets work and at most so much time go on. */
  async advance(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    do {
      await this.#opened.idle();
    } while (this.clock.fireNext(until));
    this.clock.moveTo(until);
  }

  /** As `kill -9` and a restart would: what was not durable is gone, the rest goes on. Runs from before are stale. */
  async crash(): Promise<void> {
    this.#opened.abandon();
    await this.open();
  }

  async close(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    await engine?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The embedded engine: opens the file, runs executions in this process, serves the client. */
import { setImmediate } from "node:timers";
import type { Workflow } from "../../kernel/definition.ts";
import { defined } from "../../engine/defined.ts";
import { redactedLog } from "../../engine/redact.ts";
import { safeLog } from "../../engine/safe-log.ts";
import { check } from "../../kernel/options.ts";
import { EngineClient } from "./engine-client.ts";
import { LocalDefinitions, type ModuleSource } from "./definitions.ts";
import { DEFAULT_LIMITS, type EngineOptions } from "./engine-options.ts";
import { ENGINE_OPTIONS } from "./option-table.ts";
import { flushPlugins } from "../plugins-flush.ts";
import { steadyClock } from "../real-clock.ts";
import { createIds } from "../real-ids.ts";
import { ReplayNotes } from "./replay-notes.ts";
import { Runtime } from "./runtime.ts";
import type { WorkflowFacts } from "./socket-methods.ts";
import { serve } from "./socket-server.ts";
import { loadSqlite } from "./sqlite.ts";
import { openStore } from "./store.ts";
import { makeFolderOf, MEMORY, toStoreFile } from "./store-file.ts";
import type { Client } from "../../ports/client.ts";
import type { LogSink } from "../../ports/log-sink.ts";

export const DEFAULT_FILE = ".treeline/treeline.db";

export interface Engine extends Client {
  readonly file: string;
  /** Groups committed since opening. */
  readonly commits: number;
  /** The workflows it can run. */
  workflows(): readonly WorkflowFacts[];
  /** Executions that wait for this code go on. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a list of workflows of any types
  register(workflows: readonly Workflow<any, any>[], module?: string | ModuleSource): void;
  /** Takes up everything that was running (after `paused`, or after `register`). Resolves when all is loaded. */
  resume(): Promise<void>;
  /** Resolves when nothing can move without time passing or somebody acting from outside. */
  idle(): Promise<void>;
  /** Ended trees past their retention are deleted (D23). */
  prune(): Promise<{ executions: number }>;
  /** Commits what is pending and lets go of the file. Executions go on when it is opened again. */
  close(): Promise<void>;
}

/**
 * @throws StoreError when the file is owned by another engine, foreign, newer or unusable
 * @throws TreelineError `node_unsupported` on a Node before 24
 */
export function openEngine(options: EngineOptions = {}): Promise<Engine> {
  return openAbandonable(options);
}

/** An engine that can also die, for tests of what survives. */
export interface AbandonableEngine extends Engine {
  /** As `kill -9` would: what is not durable is gone, and nothing of it reaches the file any more. */
  abandon(): void;
  /** When the execution times out as a whole. */
  deadlineOf(executionId: string): number | undefined;
}

/**
 * As `openEngine`.
 * @param dress replaces the code of workflows, whoever brings them
 */
export async function openAbandonable(
  options: EngineOptions,
  dress?: (workflow: Workflow) => Workflow,
): Promise<AbandonableEngine> {
  loadSqlite(); // before a folder is made
  check(ENGINE_OPTIONS.EngineOptions, options, "openEngine");
  const file = options.file ?? DEFAULT_FILE;
  if (toStoreFile(file) !== MEMORY) makeFolderOf(file);
  const store = openStore({
    file,
    durability: options.durability ?? "process",
    ...(options.codec === undefined ? undefined : { codec: options.codec }),
  });
  const clock = options.clock ?? steadyClock(store.latestTime());
  const log = safeLog(redactedLog(options.log ?? toStderr, options.redact ?? []));
  const definitions = new LocalDefinitions({ log, now: () => clock.now(), dress });
  definitions.add(options.workflows ?? [], sourceOf(options.module));
  const limits = { ...DEFAULT_LIMITS, ...defined(options.limits ?? {}) };
  const stored = toStoreFile(file);
  const runtime = new Runtime({
    store,
    notes: new ReplayNotes(stored === MEMORY ? undefined : stored, limits.interruptions),
    definitions,
    clock,
    ids: options.ids ?? createIds(() => clock.now()),
    limits,
    log,
    plugins: options.plugins ?? [],
    eviction: options.eviction ?? "lru",
    determinism: options.determinism ?? "off",
    encoded: options.codec !== undefined,
    onCodeMismatch: options.onCodeMismatch ?? "block",
  });
  const engine = new EmbeddedEngine(runtime, options.redact ?? [], file);
  if (file !== MEMORY && options.socket !== false) engine.socket = await serve(engine, file);
  if (options.paused !== true) await engine.resume();
  return engine;
}

class EmbeddedEngine extends EngineClient implements AbandonableEngine {
  readonly file: string;
  /** Through which other processes of this machine talk to it. */
  socket: { close(): Promise<void> } | undefined;
  readonly #runtime: Runtime;
  #closing: Promise<void> | undefined;

  constructor(runtime: Runtime, redact: readonly string[], file: string) {
    super(runtime, redact);
    this.#runtime = runtime;
    this.file = file;
  }

  get commits(): number {
    return this.#runtime.store.commits;
  }

  workflows(): readonly WorkflowFacts[] {
    const { definitions } = this.#runtime;
    return definitions.all().map((workflow) => {
      const { name, version, digest } = workflow;
      const source = definitions.sourceOf(workflow);
      return { name, version, digest, ...(source === undefined ? undefined : { source }) };
    });
  }

  register(workflows: readonly Workflow[], module?: string | ModuleSource): void {
    this.#runtime.register(workflows, sourceOf(module));
  }

  resume(): Promise<void> {
    return this.#runtime.reopening.resume();
  }

  idle(): Promise<void> {
    return this.#runtime.idle();
  }

  async prune(): Promise<{ executions: number }> {
    let executions = 0;
    for (let done = false; !done;) {
      const result = this.#runtime.store.prune(this.#runtime.clock.now());
      executions += result.executions;
      ({ done } = result);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { executions };
  }

  deadlineOf(executionId: string): number | undefined {
    return (this.#runtime.slots.get(executionId)?.statics ?? this.#runtime.store.head(executionId))?.deadline;
  }

  abandon(): void {
    this.#runtime.abandon();
    this.#runtime.store.close();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.socket?.close();
    try {
      await this.#runtime.close();
    } finally {
      this.#runtime.store.close();
      await flushPlugins(this.#runtime.plugins, this.#runtime.log);
    }
  }
}

function sourceOf(module: string | ModuleSource | undefined): ModuleSource | undefined {
  return typeof module === "string" ? { file: module } : module;
}

const toStderr: LogSink = ({ level, message, workflow, executionId, fields }) => {
  if (level === "debug") return;
  const who = workflow === undefined ? "" : ` ${workflow} ${executionId ?? ""}`;
  process.stderr.write(`${level}${who}: ${message}${fields === undefined ? "" : ` ${JSON.stringify(fields)}`}\n`);
};

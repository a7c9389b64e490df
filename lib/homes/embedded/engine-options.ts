/** What an embedded engine is opened with. */
import type { Workflow } from "../../kernel/definition.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Ids } from "../../ports/ids.ts";
import type { LogSink } from "../../ports/log-sink.ts";
import type { Plugin } from "../../ports/plugin.ts";
import type { OnCodeMismatch } from "./blocks.ts";
import type { DeterminismMode } from "./determinism-guard.ts";
import type { Durability, PayloadCodec } from "./store.ts";

export interface EngineOptions {
  /** The database; its folder is made. `:memory:` keeps nothing. @default ".treeline/treeline.db" */
  readonly file?: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a list of workflows of any types
  readonly workflows?: readonly Workflow<any, any>[];
  /** Module the workflows come from; recorded, so that `treeline resume` finds them (D21). */
  readonly module?: string;
  /** `process` survives kill -9, `power` also loss of power. @default "process" */
  readonly durability?: Durability;
  readonly codec?: PayloadCodec;
  /**
   * What becomes of an execution whose journal does not fit the loaded code. `block`: it is kept and shown as blocked,
   * and goes on when code that fits is loaded. `fail`: it fails with `non_deterministic`. @default "block"
   */
  readonly onCodeMismatch?: OnCodeMismatch;
  readonly limits?: Partial<EngineLimits>;
  /** Parked executions kept in memory; others are replayed when they wake. `always`: none, for tests. @default "lru" */
  readonly eviction?: "lru" | "always";
  readonly log?: LogSink;
  readonly plugins?: readonly Plugin[];
  /**
   * What becomes of clocks, randomness, timers and foreign awaits in workflow code (D17). `treeline run`, `dev` and
   * `resume` warn, the test kit throws. @default "off"
   */
  readonly determinism?: "off" | DeterminismMode;
  /**
   * Paths of fields that are shown as "[redacted]": in events relative to their data, e.g. `input.card.number`, in logs
   * to the fields of the line.
   */
  readonly redact?: readonly string[];
  /** For tests. */
  readonly clock?: Clock;
  /** For tests. */
  readonly ids?: Ids;
  /** Wakes nothing at opening: executions wait until `resume()`. @default false */
  readonly paused?: boolean;
  /** Lets other processes on this machine talk to this engine through a private socket beside the file. @default true for files */
  readonly socket?: boolean;
}

export interface EngineLimits {
  /** Executions with code in memory. */
  readonly live: number;
  /** Executions that run code or steps at once; parked ones do not count. */
  readonly executions: number;
  /** Step bodies that run at once. */
  readonly steps: number;
  /** Depth of the tree; roots are 0. */
  readonly depth: number;
  /** Children one execution may wait for at once. */
  readonly pendingChildren: number;
  /** Characters of an encoded value at a boundary. */
  readonly payload: number;
  /** Unread signals of one execution. */
  readonly inbox: number;
  /** Interruptions of one step by crashes; of a replay, at most 10, before the execution is set aside as blocked. */
  readonly interruptions: number;
  readonly continueAsNewAt: { readonly operations: number; readonly bytes: number };
}

export const DEFAULT_LIMITS: EngineLimits = {
  live: 10_000,
  executions: 10_000,
  steps: 1_000,
  depth: 32,
  pendingChildren: 2_000,
  payload: 2 * 1024 * 1024,
  inbox: 10_000,
  interruptions: 1_000,
  continueAsNewAt: { operations: 10_000, bytes: 10 * 1024 * 1024 },
};

/**
 * Finds clocks, randomness and timers in workflow code (D17): they work live and differ on replay.
 *
 * The globals are replaced while a guard is open, and look whether they were called from workflow code: the async
 * context that a workflow's function was started in says so. Bodies of steps, schemas and everything else of the
 * user's runs outside of it. A guard cannot see what does not pass through these globals.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { NonDeterministicExecutionError } from "../../kernel/errors.ts";
import type { LogSink } from "../../ports/log-sink.ts";

export type DeterminismMode = "warn" | "throw";

interface Place {
  readonly guard: DeterminismGuard;
  readonly path: string;
}

const ADVICE = {
  "Date.now": "ctx.now()",
  "new Date": "ctx.now()",
  "Math.random": "ctx.random()",
  setTimeout: "ctx.wait()",
  setInterval: "ctx.wait()",
  setImmediate: "ctx.wait()",
} as const;

const places = new AsyncLocalStorage<Place | undefined>();
const originals = { Date, now: Date.now, random: Math.random, setTimeout, setInterval, setImmediate };
let openGuards = 0;

export class DeterminismGuard {
  readonly #mode: DeterminismMode;
  readonly #log: LogSink;
  readonly #warned = new Set<string>();

  constructor(mode: DeterminismMode, log: LogSink) {
    this.#mode = mode;
    this.#log = log;
    openGuards += 1;
    if (openGuards === 1) replaceGlobals();
  }

  /** Runs workflow code, and all that comes of it. */
  inside<T>(path: string, run: () => T): T {
    return places.run({ guard: this, path }, run);
  }

  outside<T>(run: () => T): T {
    return places.run(undefined, run);
  }

  found(what: keyof typeof ADVICE, path: string): void {
    const message = `${path}: ${what}() in workflow code gives another value on replay; use ${ADVICE[what]}, or do it in a ctx.step`;
    if (this.#mode === "throw") throw new NonDeterministicExecutionError("non_deterministic", message);
    const key = `${what} ${path}`;
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    this.outside(() => this.#log({ level: "warn", message, path }));
  }

  close(): void {
    openGuards -= 1;
    if (openGuards === 0) restoreGlobals();
  }
}

function check(what: keyof typeof ADVICE): void {
  const place = places.getStore();
  place?.guard.found(what, place.path);
}

function guarded<F extends (...args: never[]) => unknown>(what: keyof typeof ADVICE, original: F): F {
  return new Proxy(original, {
    apply(target, self, args: Parameters<F>) {
      check(what);
      return Reflect.apply(target, self, args);
    },
  });
}

function replaceGlobals(): void {
  const now = guarded("Date.now", originals.now);
  globalThis.Date = new Proxy(originals.Date, {
    construct(target, args: [], newTarget) {
      if (args.length === 0) check("new Date");
      return Reflect.construct(target, args, newTarget) as Date;
    },
    get: (target, property, receiver) => (property === "now" ? now : Reflect.get(target, property, receiver)),
  });
  Math.random = guarded("Math.random", originals.random);
  globalThis.setTimeout = guarded("setTimeout", originals.setTimeout);
  globalThis.setInterval = guarded("setInterval", originals.setInterval);
  globalThis.setImmediate = guarded("setImmediate", originals.setImmediate);
}

function restoreGlobals(): void {
  globalThis.Date = originals.Date;
  Math.random = originals.random;
  globalThis.setTimeout = originals.setTimeout;
  globalThis.setInterval = originals.setInterval;
  globalThis.setImmediate = originals.setImmediate;
}

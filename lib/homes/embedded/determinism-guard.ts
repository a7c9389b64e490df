/**
 * Finds clocks, randomness and timers in workflow code (D17): they work live and differ on replay.
 *
 * The globals are wrapped while a guard is open, and the wrappers ask whether workflow code called them. Bodies of
 * steps, schemas, and everything of the engine's own run outside of it. A guard cannot see what does not pass through
 * these globals.
 *
 * Others replace the same globals: fake timers, spies. So a wrapper passes calls on to whatever was there when it was
 * laid, and is taken off only where it still is the outermost. Below the replacement of somebody else it stays, asks
 * nobody once no guard is open, and is taken off when the next guard finds it.
 */
import { ForeignAwaitError, NonDeterministicExecutionError } from "../../kernel/errors.ts";
import type { CodeGuard } from "../../ports/code-guard.ts";
import type { LogSink } from "../../ports/log-sink.ts";
import { currentPlace } from "../../engine/code-place.ts";

export type DeterminismMode = "warn" | "throw";

type AnyFunction = (...args: never[]) => unknown;

interface Target {
  readonly holder: object;
  readonly key: string;
  readonly wrap: (found: AnyFunction) => AnyFunction;
}

const TARGETS: readonly Target[] = [
  { holder: globalThis, key: "Date", wrap: wrapDate },
  { holder: Math, key: "random", wrap: wrapCall("Math.random", "ctx.random()") },
  { holder: globalThis, key: "setTimeout", wrap: wrapCall("setTimeout", "ctx.wait()") },
  { holder: globalThis, key: "setInterval", wrap: wrapCall("setInterval", "ctx.wait()") },
  { holder: globalThis, key: "setImmediate", wrap: wrapCall("setImmediate", "ctx.wait()") },
];

/** What every wrapper of ours was laid over. */
const wrapped = new WeakMap<object, unknown>();
let openGuards = 0;

export class DeterminismGuard implements CodeGuard {
  readonly #mode: DeterminismMode;
  readonly #log: LogSink;
  readonly #warned = new Set<string>();
  #isOpen = true;

  constructor(mode: DeterminismMode, log: LogSink) {
    this.#mode = mode;
    this.#log = log;
    openGuards += 1;
    if (openGuards === 1) layWrappers();
  }

  unsafe(path: string, call: string, advice: string): void {
    if (!this.#isOpen) return;
    const message = `${path}: ${call}() in workflow code gives another value on replay; use ${advice}, or do it in a ctx.step`;
    if (this.#mode === "throw") throw new NonDeterministicExecutionError("non_deterministic", message);
    this.#warn(`${call} ${path}`, message, path);
  }

  strayed(path: string): void {
    if (!this.#isOpen) return;
    const message =
      `${path} awaited something that is not the context's (a fetch, a timer, a file): it breaks on replay. ` +
      "Do it in a ctx.step, or use ctx.wait";
    if (this.#mode === "throw") throw new ForeignAwaitError("foreign_await", message);
    this.#warn(`await ${path}`, message, path);
  }

  #warn(key: string, message: string, path: string): void {
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    this.#log({ level: "warn", message, path });
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    openGuards -= 1;
    if (openGuards === 0) takeOffWrappers();
  }
}

function layWrappers(): void {
  takeOffWrappers();
  for (const { holder, key, wrap } of TARGETS) {
    const found: unknown = Reflect.get(holder, key);
    if (typeof found !== "function") continue;
    const wrapper = wrap(found as AnyFunction);
    wrapped.set(wrapper, found);
    Reflect.set(holder, key, wrapper);
  }
}

function takeOffWrappers(): void {
  for (const { holder, key } of TARGETS) {
    const there: unknown = Reflect.get(holder, key);
    if (under(there) !== there) Reflect.set(holder, key, under(there));
  }
}

/** What is there without our wrapper. */
function under(value: unknown): unknown {
  return typeof value === "function" && wrapped.has(value) ? wrapped.get(value) : value;
}

function check(call: string, advice: string): void {
  if (openGuards === 0) return;
  const place = currentPlace();
  if (place !== undefined && place.step === undefined) place.owner.unsafe(call, advice);
}

function wrapCall(call: string, advice: string): (found: AnyFunction) => AnyFunction {
  return (found) =>
    new Proxy(found, {
      apply(target, self, args) {
        check(call, advice);
        return Reflect.apply(target, self, args) as unknown;
      },
    });
}

const wrapNow = wrapCall("Date.now", "ctx.now()");

/** `now` is wrapped whenever it is read, since a spy may replace it while the guard is open. */
function wrapDate(found: AnyFunction): AnyFunction {
  return new Proxy(found, {
    construct(target, args: readonly unknown[], newTarget) {
      if (args.length === 0) check("new Date", "ctx.now()");
      return Reflect.construct(target, args, newTarget) as object;
    },
    apply(target, self, args) {
      check("Date", "ctx.now()");
      return Reflect.apply(target, self, args) as unknown;
    },
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver);
      return key === "now" && typeof value === "function" ? wrapperOfNow(value as AnyFunction) : value;
    },
    // Who replaces `now`, and puts back what was read here, puts back what it was.
    defineProperty: (target, key, descriptor) =>
      Reflect.defineProperty(
        target,
        key,
        "value" in descriptor ? { ...descriptor, value: under(descriptor.value) } : descriptor,
      ),
  });
}

const wrappersOfNow = new WeakMap<AnyFunction, AnyFunction>();

function wrapperOfNow(now: AnyFunction): AnyFunction {
  let wrapper = wrappersOfNow.get(now);
  if (wrapper === undefined) {
    wrapper = wrapNow(now);
    wrappersOfNow.set(now, wrapper);
    wrapped.set(wrapper, now);
  }
  return wrapper;
}

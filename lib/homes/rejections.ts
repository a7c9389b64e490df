/**
 * Gives rejections that nothing handles to the execution whose code made them (D36). All others are left to Node:
 * its default, and the host's own listeners.
 *
 * Node asks its listeners only, and a listener cannot keep a rejection from the others, nor can it leave one to Node's
 * default. So the call that asks them is replaced, once for the process. It stays: an engine that was closed leaves
 * suspended code behind, and that code still belongs to an execution.
 */
import { type CodePlace, currentPlace, inPlace } from "../engine/code-place.ts";

const told = new WeakMap<object, CodePlace>();
let isWatching = false;

export function watchRejections(): void {
  if (isWatching) return;
  isWatching = true;
  // oxlint-disable-next-line typescript/unbound-method -- the proxy hands on the `this` of every call
  process.emit = new Proxy(process.emit, {
    apply(emit, self, args: Parameters<typeof process.emit>) {
      return isTaken(args) || Reflect.apply(emit, self, args);
    },
  });
}

function isTaken([event, first, second]: readonly unknown[]): boolean {
  if (event === "unhandledRejection" && second instanceof Promise) return takeRejection(first, second);
  if (event === "rejectionHandled" && first instanceof Promise) return takeHandled(first);
  return false;
}

/** Node tells it in the async context in which the promise was rejected. */
function takeRejection(reason: unknown, promise: Promise<unknown>): boolean {
  const place = currentPlace();
  if (place === undefined) return false;
  told.set(promise, place);
  inPlace(undefined, () => place.owner.rejected(promise, reason, place.step));
  return true;
}

function takeHandled(promise: Promise<unknown>): boolean {
  const place = told.get(promise);
  place?.owner.handled(promise);
  return place !== undefined;
}

/** `ctx.state` of one scope. Every change is a mark in the journal; reading gives a fresh copy. */
import type { StateApi } from "./context.ts";
import type { Machine } from "./machine.ts";
import { decode, encode } from "./payload.ts";
import type { Scope } from "./scope.ts";
import { decodeStateValues } from "./state.ts";

export function scopeState(machine: Machine, scope: Scope): StateApi {
  return {
    get: <T>(key: string) => {
      const value = scope.state.values.get(key);
      return (value === undefined ? undefined : decode(value)) as T | undefined;
    },
    set: (key, value) => {
      machine.use(scope, "ctx.state.set");
      const v = encode(value, `state ${key}`);
      machine.mark(scope, "STATE", key, { v });
      machine.setState(scope, new Map([[key, v]]));
    },
    delete: (key) => {
      machine.use(scope, "ctx.state.delete");
      machine.mark(scope, "STATE", key);
      machine.setState(scope, new Map([[key, null]]));
    },
    all: () => decodeStateValues(scope.state.values),
    get version() {
      return scope.state.version;
    },
  };
}

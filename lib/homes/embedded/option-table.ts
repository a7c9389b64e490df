/** Every option of the embedded engine, by the name of its type. */
import { isPlugin, isWorkflow } from "../../engine/exported-workflows.ts";
import {
  flag,
  functionOf,
  type Kind,
  listOf,
  options,
  someText,
  text,
  thing,
  wholeOrInfinite,
  words,
} from "../../kernel/options.ts";
import type { EngineLimits, EngineOptions } from "./engine-options.ts";

const none = wholeOrInfinite(0);
const one = wholeOrInfinite(1);

const EngineLimitsKind = options<Partial<EngineLimits>>({
  live: none,
  executions: one,
  steps: one,
  depth: none,
  pendingChildren: none,
  payload: one,
  inbox: none,
  interruptions: none,
  continueAsNewAt: options<EngineLimits["continueAsNewAt"]>({ operations: one, bytes: one }, ["operations", "bytes"]),
});

export const workflowList: Kind = listOf(
  thing("a workflow made by workflow()", isWorkflow),
  "a list of workflows made by workflow()",
);
export const pluginList: Kind = listOf(thing("a plugin with a name", isPlugin), "a list of plugins");

/** A port: an object with these methods. */
function portOf(...methods: readonly string[]): Kind {
  return thing(`an object with ${methods.join(", ")}`, (value) => {
    if (typeof value !== "object" || value === null) return false;
    return methods.every((method) => typeof (value as Readonly<Record<string, unknown>>)[method] === "function");
  });
}

export const ENGINE_OPTIONS = {
  EngineLimits: EngineLimitsKind,
  EngineOptions: options<EngineOptions>({
    file: text,
    workflows: workflowList,
    module: text,
    durability: words<NonNullable<EngineOptions["durability"]>>({ process: true, power: true }),
    codec: portOf("encode", "decode"),
    onCodeMismatch: words<NonNullable<EngineOptions["onCodeMismatch"]>>({ block: true, fail: true }),
    limits: EngineLimitsKind,
    eviction: words<NonNullable<EngineOptions["eviction"]>>({ lru: true, always: true }),
    log: functionOf("of a line"),
    plugins: pluginList,
    determinism: words<NonNullable<EngineOptions["determinism"]>>({ off: true, warn: true, throw: true }),
    redact: listOf(someText, "a list of paths"),
    clock: portOf("now", "at"),
    ids: portOf("root", "random"),
    paused: flag,
    socket: flag,
  }),
};

/**
 * Outsiders who outlive the process they talk to: what was not acknowledged when it died, they ask of the next one.
 *
 * Signals carry an id, so repeating them is safe. Before a start is repeated its caller looks for what the first call
 * left behind. Other repetitions may be refused because the first call went through after all: that is an
 * acknowledgement, too, and the outcome tells whether it was a true one.
 */
import type { Client } from "../../lib/ports/client.ts";
import type { OutputOf } from "../../lib/kernel/definition.ts";
import type { Life, Machine } from "./process-model.ts";

/** Refusals that tell that the first call went through: the callback is gone, the state moved, the execution ended. */
const DONE = new Set(["callback_not_found", "state_conflict", "execution_closed"]);

type Answer<T> = { readonly value: T } | "died";

export function mortalClient(machine: Machine): Client {
  const roots = new Set<string>();
  let sent = 0;

  /** Asks until a living process has answered. */
  const ask = async <T>(call: (client: Client, again: boolean) => Promise<T>): Promise<T> => {
    for (let again = false; ; again = true) {
      const { life } = machine;
      const answer = await answered(life, call(life.client, again));
      if (answer === "died") continue;
      // The moment behind the acknowledgement is one to die at, too.
      life.call();
      return answer.value;
    }
  };

  const act = (call: (client: Client) => Promise<void>): Promise<void> =>
    ask(async (client, again) => {
      try {
        await call(client);
      } catch (error) {
        if (!again || !isDone(error)) throw error;
      }
    });

  const start: Client["start"] = async (workflow, input, options) => {
    const handle = await ask(async (client, again) => {
      const left = again ? newRoot(machine, roots) : undefined;
      if (left === undefined) return client.start(workflow, input, options);
      return client.execution<OutputOf<typeof workflow>>(left, options?.namespace);
    });
    roots.add(handle.executionId);
    return handle;
  };

  const reader = (): Client => machine.life.client;
  return {
    start,
    execute: () => Promise.reject(new Error("scenarios start and look")),
    execution: (id, namespace) => reader().execution(id, namespace),
    get: (id, namespace) => reader().get(id, namespace),
    list: (filter) => reader().list(filter),
    tree: (id, namespace) => reader().tree(id, namespace),
    events: (id, filter, namespace) => reader().events(id, filter, namespace),
    journal: (id, namespace) => reader().journal(id, namespace),
    pending: (id, namespace) => reader().pending(id, namespace),
    signal: (id, name, payload, options = {}) => {
      sent += 1;
      const signalId = options.signalId ?? `outsider-${sent}`;
      return act((client) => client.signal(id, name, payload, { ...options, signalId }));
    },
    cancel: (id, reason, namespace) => act((client) => client.cancel(id, reason, namespace)),
    stop: (id, reason, namespace) => act((client) => client.stop(id, reason, namespace)),
    patchState: (id, patch, ifVersion, namespace) =>
      act((client) => client.patchState(id, patch, ifVersion, namespace)),
    callbacks: {
      succeed: (callbackId, payload) => act((client) => client.callbacks.succeed(callbackId, payload)),
      fail: (callbackId, error) => act((client) => client.callbacks.fail(callbackId, error)),
      heartbeat: (callbackId) => act((client) => client.callbacks.heartbeat(callbackId)),
    },
  };
}

/** A dead process answers nothing, also when its promise settles in the moment of its death. */
async function answered<T>(life: Life, call: Promise<T>): Promise<Answer<T>> {
  try {
    const answer = await Promise.race([call.then((value) => ({ value })), life.died.then(() => "died" as const)]);
    return life.dead ? "died" : answer;
  } catch (error) {
    if (life.dead) return "died";
    throw error;
  }
}

function isDone(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && DONE.has(error.code);
}

/** A root that stands on the disk and that nobody outside has heard of. */
function newRoot({ disk }: Machine, known: ReadonlySet<string>): string | undefined {
  for (const { id, parentId } of disk.heads.values()) if (parentId === undefined && !known.has(id)) return id;
  return undefined;
}

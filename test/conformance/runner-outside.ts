/**
 * The outside world of a scenario: starts executions, looks at them, acts on them. Unexpected refusals, and refusals
 * that did not come, are noted in `problems`; the scenario goes on.
 */
import type { Client, TreeNode } from "../../lib/ports/client.ts";
import { compareError, seenError } from "./expect-compare.ts";
import { isCalled, locate, normalPath } from "./runner-paths.ts";
import type { ErrorExpectation, OutsideAction, ScriptAction, StartAction } from "./scenario.ts";

interface Root {
  readonly id: string;
  readonly namespace: string | undefined;
}

type Condition = Extract<ScriptAction, { when: unknown }>["when"];

const ENDED = new Set(["SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "STOPPED"]);

export class Outside {
  /** Executions started from here; the first is the scenario's root. */
  readonly roots: Root[] = [];
  readonly problems: string[] = [];
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async start(start: StartAction): Promise<void> {
    await this.#attempt(`start of ${start.workflow}`, start.refused, async () => {
      const handle = await this.#client.start(start.workflow, start.input, start.options);
      const known = this.roots.some(({ id }) => id === handle.executionId);
      if (!known) this.roots.push({ id: handle.executionId, namespace: start.options?.namespace });
    });
  }

  async act(action: ScriptAction): Promise<void> {
    const { do: wanted, refused } = action;
    if (wanted.kind === "start") return this.start(wanted.start);
    await this.#attempt(`${wanted.kind} to ${wanted.path}`, refused, () => this.#perform(wanted));
  }

  /** Has the execution this status, or does it wait for an operation (or a scope) of this name? */
  async holds({ path, status, waitsFor }: Condition): Promise<boolean> {
    const found = await this.#find(path);
    if (found === undefined) return false;
    if (waitsFor === undefined && status === undefined) return true;
    const detail = await this.#client.get(found.id, found.namespace);
    if (status !== undefined && detail.status !== status) return false;
    if (waitsFor === undefined) return true;
    const open = detail.operations.filter((o) => o.status === "STARTED" || o.status === "PENDING");
    return (
      detail.waits.some((wait) => wait.name === waitsFor || isCalled(waitsFor, wait.operation)) ||
      open.some((operation) => operation.kind !== "CONTEXT" && isCalled(waitsFor, operation.key))
    );
  }

  /** True when every execution of every tree has ended. */
  async allEnded(): Promise<boolean> {
    for (const { id, namespace } of this.roots) {
      if (!hasEnded(await this.#client.tree(id, namespace))) return false;
    }
    return true;
  }

  async #perform(action: Exclude<OutsideAction, { kind: "start" }>): Promise<void> {
    const { id, namespace } = await this.#require(action.path);
    const { callbacks } = this.#client;
    switch (action.kind) {
      case "signal": {
        const options = { ...ifGiven("signalId", action.signalId), ...ifGiven("namespace", namespace) };
        return this.#client.signal(id, action.name, action.payload, options);
      }
      case "cancel":
        return this.#client.cancel(id, action.reason, namespace);
      case "stop":
        return this.#client.stop(id, action.reason, namespace);
      case "patch":
        return this.#client.patchState(id, action.patch, action.ifVersion, namespace);
      case "callback":
        return callbacks.succeed(await this.#callbackId(id, namespace, action.name), action.succeed);
      case "callback-fail":
        return callbacks.fail(await this.#callbackId(id, namespace, action.name), action.error);
      case "heartbeat":
        return callbacks.heartbeat(await this.#callbackId(id, namespace, action.name));
    }
  }

  /** From the journal, so that callbacks nobody awaits yet, and ended ones, are found as well: an open one first. */
  async #callbackId(id: string, namespace: string | undefined, name: string): Promise<string> {
    const open = new Map<string, string>();
    let latest: string | undefined;
    for (const entry of await this.#client.journal(id, namespace)) {
      if (entry.t === "run") open.clear();
      else if (entry.t === "ok" || entry.t === "err") open.delete(entry.k);
      else if (entry.t === "op" && entry.d?.callbackId !== undefined && isCalled(name, entry.k)) {
        latest = entry.d.callbackId;
        open.set(entry.k, latest);
      }
    }
    const [callbackId = latest] = open.values();
    if (callbackId === undefined) throw new Error(`there is no callback "${name}"`);
    return callbackId;
  }

  async #require(path: string): Promise<Root> {
    const found = await this.#find(path);
    if (found === undefined && path.startsWith("id:")) return { id: path.slice(3), namespace: undefined };
    if (found === undefined) throw new Error(`there is no execution at ${path}`);
    return found;
  }

  async #find(path: string): Promise<Root | undefined> {
    const [root] = this.roots;
    if (path.startsWith("id:")) return this.#findById(path.slice(3));
    if (root === undefined) return undefined;
    if (path === "/") return root;
    const view = locate(await this.#client.tree(root.id, root.namespace)).get(normalPath(path));
    return view === undefined ? undefined : { id: view.id, namespace: root.namespace };
  }

  async #findById(publicId: string): Promise<Root | undefined> {
    const namespaces = new Set(this.roots.map(({ namespace }) => namespace));
    for (const namespace of namespaces) {
      const detail = await this.#client.get(publicId, namespace).catch(() => undefined);
      if (detail !== undefined) return { id: detail.id, namespace };
    }
    return undefined;
  }

  async #attempt(what: string, refused: ErrorExpectation | undefined, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (refused === undefined) this.problems.push(`${what} was refused: ${String(error)}`);
      else this.problems.push(...compareError(`${what}: its refusal`, refused, seenError(error)));
      return;
    }
    if (refused !== undefined) this.problems.push(`${what} was not refused`);
  }
}

function hasEnded({ execution, children }: TreeNode): boolean {
  return ENDED.has(execution.status) && children.every(hasEnded);
}

function ifGiven<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}

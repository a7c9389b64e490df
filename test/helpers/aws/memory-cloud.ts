/**
 * The services of a deployment in memory, with virtual time: a table, queues that hold back and redeliver, hosts that
 * time out, and functions that take messages. What happens at once happens in ticks of the event loop; all else is a
 * timer of the clock.
 */
import { DeployedWorkflows } from "../../../lib/homes/aws/definitions.ts";
import { AwsClient } from "../../../lib/homes/aws/client.ts";
import type { AwsContext, AwsLimits, AwsSettings } from "../../../lib/homes/aws/context.ts";
import { DEFAULT_AWS_LIMITS, DEFAULT_AWS_SETTINGS } from "../../../lib/homes/aws/defaults.ts";
import { stopExecution } from "../../../lib/homes/aws/endings.ts";
import { handleSafely } from "../../../lib/homes/aws/executor.ts";
import { toBody } from "../../../lib/homes/aws/messages.ts";
import type { CompletionTarget } from "../../../lib/homes/aws/completion-target.ts";
import type {
  Delivered,
  EndReport,
  Handled,
  Host,
  Hosts,
  Queues,
  Receipt,
  Sending,
} from "../../../lib/homes/aws/services.ts";
import { Registry } from "../../../lib/homes/aws/registry.ts";
import type { LogLine } from "../../../lib/ports/log-sink.ts";
import type { Ids } from "../../../lib/ports/ids.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { type Gate, MemoryTable } from "./memory-table.ts";

export interface CloudOptions {
  // oxlint-disable-next-line typescript/no-explicit-any -- a list of workflows of any types
  readonly workflows: readonly Workflow<any, any>[];
  readonly limits?: Partial<AwsLimits>;
  readonly settings?: Partial<AwsSettings>;
  readonly ids?: Ids;
  readonly gate?: Gate;
  /** Decides over every delivery: what its function does with it. @default handles it */
  readonly lambda?: (cloud: MemoryCloud, delivered: Delivered) => Promise<Handled>;
}

interface Queued {
  readonly messageId: string;
  readonly body: string;
  receives: number;
  visibleAt: number;
  give: () => void;
}

export class MemoryCloud {
  readonly clock = new VirtualClock();
  readonly table: MemoryTable;
  readonly logs: LogLine[] = [];
  readonly told: { readonly target: CompletionTarget; readonly report: EndReport }[] = [];
  readonly client: AwsClient;
  readonly hosts = new Map<string, { readonly host: Host; status: "RUNNING" | "SUCCEEDED" | "TIMED_OUT" | "GONE" }>();
  readonly #options: CloudOptions;
  readonly #queue = new Map<string, Queued>();
  readonly #ids: Ids;
  readonly #registry = new Registry();
  #activity = 0;
  #messages = 0;

  constructor(options: CloudOptions) {
    this.#options = options;
    this.#ids = options.ids ?? countedIds();
    this.table = new MemoryTable(async (call, moment) => {
      this.#activity += 1;
      await options.gate?.(call, moment);
    });
    this.client = new AwsClient(this.context());
  }

  /** Of one function, or of a client. */
  context(table: MemoryTable = this.table): AwsContext {
    const { limits, settings, workflows } = this.#options;
    return {
      table,
      queues: this.queues,
      hosts: this.hostService,
      versions: { handle: () => Promise.reject(new Error("there is one version here")) },
      stop: stopExecution,
      targets: {
        tell: async (target, report) => {
          this.told.push({ target, report });
        },
      },
      workflows: new DeployedWorkflows(workflows),
      registry: this.#registry,
      clock: this.clock,
      ids: this.#ids,
      limits: { ...DEFAULT_AWS_LIMITS, ...limits },
      log: (line) => this.logs.push(line),
      plugins: [],
      settings: { ...DEFAULT_AWS_SETTINGS, ...settings },
    };
  }

  readonly queues: Queues = {
    send: async (sendings) => {
      for (const sending of sendings) this.#send(sending);
    },
    postpone: async ({ handle }, seconds) => {
      const queued = this.#queue.get(handle);
      if (queued !== undefined) queued.visibleAt = this.clock.now() + seconds * 1_000;
    },
  };

  readonly hostService: Hosts = {
    open: async (host) => {
      if (this.hosts.has(host.name)) return;
      this.hosts.set(host.name, { host, status: "RUNNING" });
      this.#park(host);
    },
    release: async (token) => {
      const found = this.hosts.get(token);
      if (found?.status === "RUNNING") found.status = "SUCCEEDED";
    },
  };

  /** The state `Park`: stores its token unless the execution has ended, or a newer host is there. */
  #park(host: Host): void {
    const { key, host: number, id, timeoutSeconds } = host.input;
    const stored = this.table.update(
      key,
      { set: { ht: host.name } },
      { all: [{ lacks: "endAt" }, { attribute: "ho", is: number }] },
    );
    void stored.then(({ done }) => {
      const state = this.hosts.get(host.name);
      if (state !== undefined && !done) state.status = "GONE";
    });
    this.clock.at(this.clock.now() + timeoutSeconds * 1_000, () => {
      const state = this.hosts.get(host.name);
      if (state?.status !== "RUNNING") return;
      state.status = "TIMED_OUT";
      this.#send({ queue: "completions", executor: "short", message: { kind: "kick", id, host: number } });
    });
  }

  #send({ message, delaySeconds = 0 }: Sending): void {
    this.#activity += 1;
    this.#messages += 1;
    const messageId = String(this.#messages);
    const queued: Queued = { messageId, body: toBody(message), receives: 0, visibleAt: 0, give: () => undefined };
    this.#queue.set(messageId, queued);
    this.#show(queued, this.clock.now() + delaySeconds * 1_000);
  }

  #show(queued: Queued, at: number): void {
    queued.visibleAt = at;
    if (at <= this.clock.now()) setImmediate(() => void this.#deliver(queued));
    else queued.give = this.clock.at(at, () => void this.#deliver(queued));
  }

  async #deliver(queued: Queued): Promise<void> {
    this.#activity += 1;
    queued.receives += 1;
    const { messageId, body } = queued;
    const receipt: Receipt = { queueArn: "completions", handle: messageId };
    const visibility = this.clock.now() + VISIBILITY_MS;
    queued.visibleAt = visibility;
    const { lambda = handleHere } = this.#options;
    const handled = await lambda(this, { messageId, body, receipt });
    this.#activity += 1;
    if (handled === "done") this.#queue.delete(messageId);
    else this.#show(queued, Math.max(queued.visibleAt, this.clock.now() + 1));
  }

  /** Messages that are somewhere. */
  get inFlight(): readonly string[] {
    return [...this.#queue.values()].map(({ body }) => body);
  }

  /** Resolves when nothing can happen without time or the outside. What the outside does next is later by a moment. */
  async idle(): Promise<void> {
    await this.#quiet();
    this.clock.moveTo(this.clock.now() + 1);
  }

  async #quiet(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TICKS; quiet += 1) {
      const before = this.#activity;
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#activity !== before) quiet = -1;
    }
  }
}

const VISIBILITY_MS = 30_000;
/** Of the event loop. Between two calls of a service there are only microtasks, and a few rounds of delivery. */
const QUIET_TICKS = 12;

function handleHere(cloud: MemoryCloud, delivered: Delivered): Promise<Handled> {
  return handleSafely(cloud.context(), delivered);
}

function countedIds(): Ids {
  let count = 0;
  return {
    root: () => `root${String((count += 1)).padStart(16, "0")}`,
    random: () => 0.5,
  };
}

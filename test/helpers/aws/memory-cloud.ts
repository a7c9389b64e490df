/**
 * The services of a deployment in memory, with virtual time: a table, queues that hold back and redeliver, hosts that
 * time out, and functions that take messages. What happens at once happens in ticks of the event loop; all else is a
 * timer of the clock. An adversary may disturb everything between them.
 */
import { DeployedWorkflows } from "../../../lib/homes/aws/definitions.ts";
import { AwsClient } from "../../../lib/homes/aws/client.ts";
import type { AwsContext, AwsLimits, AwsSettings } from "../../../lib/homes/aws/context.ts";
import { DEFAULT_AWS_LIMITS, DEFAULT_AWS_SETTINGS } from "../../../lib/homes/aws/defaults.ts";
import { stopExecution } from "../../../lib/homes/aws/endings.ts";
import { handleSafely } from "../../../lib/homes/aws/executor.ts";
import type { CompletionTarget } from "../../../lib/homes/aws/completion-target.ts";
import type { Delivered, EndReport, Handled, Host, Sending } from "../../../lib/homes/aws/services.ts";
import { Patience } from "../../../lib/homes/aws/patience.ts";
import { Registry } from "../../../lib/homes/aws/registry.ts";
import { SentWakes } from "../../../lib/homes/aws/sent-wakes.ts";
import { sweep, type SweepReport } from "../../../lib/homes/aws/sweep.ts";
import type { LogLine } from "../../../lib/ports/log-sink.ts";
import type { Ids } from "../../../lib/ports/ids.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { type HostFault, MemoryHosts } from "./memory-hosts.ts";
import { type CallAdversary, CloudProcess } from "./memory-process.ts";
import { type Arrival, MemoryQueues, type QueueOptions } from "./memory-queues.ts";
import { MemoryTable, type TableOptions } from "./memory-table.ts";

export interface CloudOptions {
  readonly workflows: readonly Workflow<any, any>[];
  readonly limits?: Partial<AwsLimits>;
  readonly settings?: Partial<AwsSettings>;
  readonly ids?: Ids;
  readonly adversary?: Adversary;
  readonly queues?: Partial<Omit<QueueOptions, "arrivals">>;
  readonly table?: TableOptions;
}

/** What disturbs a cloud. */
export interface Adversary {
  /** A call of a function, or of a caller outside, to a service. */
  readonly call?: CallAdversary;
  /** How a message arrives; none: it is lost. */
  readonly arrivals?: (sending: Sending) => readonly Arrival[];
  readonly host?: (host: Host) => HostFault;
}

const QUEUES: Omit<QueueOptions, "arrivals"> = {
  visibilityMs: 30_000,
  strict: false,
  batch: 1,
  maxReceives: 15,
  secondMs: 1_000,
};

/** Of the event loop. Between two calls of a service there are only microtasks and rounds of delivery, 64 to a tick: 1,000 children. */
const QUIET_TICKS = 24;

export class MemoryCloud {
  readonly clock = new VirtualClock();
  readonly table: MemoryTable;
  readonly queues: MemoryQueues;
  readonly hosts: MemoryHosts;
  readonly logs: LogLine[] = [];
  readonly told: { readonly target: CompletionTarget; readonly report: EndReport }[] = [];
  /** Of a caller whom nothing disturbs. */
  readonly client: AwsClient;
  /** Invocations so far. */
  invocations = 0;
  readonly #options: CloudOptions;
  readonly #ids: Ids;
  #registry = new Registry();
  #activity = 0;

  constructor(options: CloudOptions) {
    this.#options = options;
    this.#ids = options.ids ?? countedIds();
    const { adversary = {} } = options;
    const { arrivals } = adversary;
    this.table = new MemoryTable(this.#busy, options.table);
    const queueOptions = { ...QUEUES, ...options.queues, ...(arrivals === undefined ? undefined : { arrivals }) };
    this.queues = new MemoryQueues(this.clock, queueOptions, this.#invoke, this.#busy);
    this.hosts = new MemoryHosts(
      this.clock,
      this.table,
      () => this.queues,
      (host) => adversary.host?.(host),
    );
    this.client = new AwsClient(this.context());
  }

  readonly #busy = (): void => {
    this.#activity += 1;
  };

  /** Of somebody whom nothing disturbs. */
  context(): AwsContext {
    const { limits, settings, workflows } = this.#options;
    return {
      table: this.table,
      queues: this.queues,
      hosts: this.hosts,
      versions: { handle: () => Promise.reject(new Error("there is one version here")) },
      stop: stopExecution,
      targets: {
        tell: async (target, report) => {
          this.told.push({ target, report });
        },
      },
      workflows: new DeployedWorkflows(workflows),
      registry: this.#registry,
      wakes: new SentWakes(),
      patience: new Patience(),
      clock: this.clock,
      ids: this.#ids,
      limits: { ...DEFAULT_AWS_LIMITS, ...limits },
      log: (line) => this.logs.push(line),
      plugins: [],
      settings: { ...DEFAULT_AWS_SETTINGS, ...settings },
    };
  }

  /** A process that suffers what the adversary does. */
  process(name: string): CloudProcess {
    return new CloudProcess(name, this.clock, this.#options.adversary?.call ?? (() => undefined), this.#busy);
  }

  /** A function takes a batch: what is dead answers nothing, and its messages come back. */
  readonly #invoke = async (batch: readonly Delivered[]): Promise<readonly Handled[]> => {
    this.invocations += 1;
    const process = this.process(`invocation ${this.invocations}`);
    const cx = process.context(this.context());
    const handled = Promise.all(batch.map((delivered) => handleSafely(cx, delivered)));
    const answer = await Promise.race([handled, process.died]);
    return answer !== undefined && !process.dead ? answer : batch.map(() => "again");
  };

  /** The schedule fires. */
  sweep(): Promise<SweepReport> {
    return sweep(this.context());
  }

  /** Messages that are somewhere. */
  get inFlight(): readonly string[] {
    return this.queues.bodies;
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

function countedIds(): Ids {
  let count = 0;
  return {
    root: () => `root${String((count += 1)).padStart(16, "0")}`,
    random: () => 0.5,
  };
}

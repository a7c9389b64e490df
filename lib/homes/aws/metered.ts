/** The services as an execution uses them: everything it does is counted, and its head told by the writes it makes. */
import { lineOf } from "../../kernel/error-object.ts";
import { applyChange } from "./change.ts";
import type { AwsContext } from "./context.ts";
import { headKey } from "./keys.ts";
import { type Counts, Meter, NOTHING, plus, type SomeCounts, toAttributes } from "./meter.ts";
import type { Hosts, Queues, Targets } from "./services.ts";
import {
  type Change,
  type Condition,
  type IndexRange,
  type Item,
  type Key,
  type Range,
  type Table,
  type TransactionPart,
  type Written,
} from "./table.ts";
import { itemBytes, queryUnits, readUnits, refusedUnits, transactionUnits, writeUnits } from "./units.ts";

/** Of Step Functions; AWS says only that it is long. */
export const TOKEN_BYTES = 800;
/** A second one, when the first made the head grow beyond what it had counted on. */
const SETTLE_ATTEMPTS = 3;

/** @returns the same context, in which everything is counted */
export function meteredContext(cx: AwsContext, meter: Meter): AwsContext {
  return {
    ...cx,
    meter,
    table: new MeteredTable(cx.table, meter),
    queues: meteredQueues(cx.queues, meter),
    hosts: meteredHosts(cx.hosts, meter),
    targets: meteredTargets(cx.targets, meter),
  };
}

/** Does what somebody outside asks for: the execution it is about pays. Inside of another one, that one does. */
export async function fromOutside<T>(cx: AwsContext, act: (cx: AwsContext) => Promise<T>): Promise<T> {
  if (cx.meter !== undefined) return act(cx);
  const metered = meteredContext(cx, new Meter());
  try {
    return await act(metered);
  } finally {
    await settle(metered);
  }
}

/** Puts right what the head says, where that is needed. Never fails: what is counted is not worth it. */
export async function settle({ meter, table, log }: AwsContext): Promise<void> {
  if (meter?.owner === undefined) return;
  meter.expectNothing();
  try {
    for (let attempt = 0; attempt < SETTLE_ATTEMPTS && !meter.isSettled; attempt += 1) {
      const written = await table.update(headKey(meter.owner), {}, EXISTS);
      if (!written.done) return;
    }
  } catch (error) {
    log({ level: "warn", message: `what execution ${meter.owner} used is not all counted: ${lineOf(error)}` });
  }
}

const EXISTS: Condition = { has: "id" };

class MeteredTable implements Table {
  readonly #table: Table;
  readonly #meter: Meter;
  /** The head of who pays, as it was last seen. */
  #image: Item | undefined;

  constructor(table: Table, meter: Meter) {
    this.#table = table;
    this.#meter = meter;
  }

  async get(key: Key, strong: boolean): Promise<Item | undefined> {
    const item = await this.#table.get(key, strong);
    this.#meter.count({ readUnits: readUnits(item === undefined ? 0 : itemBytes(item), strong) });
    // Whoever comes from outside is about the first execution that it looks at.
    if (item?.["s"] !== undefined) this.#meter.isAbout(String(item["id"]));
    if (item !== undefined && this.#isOwn(key)) this.#sees(item);
    return item;
  }

  async query(range: Range): Promise<readonly Item[]> {
    const items = await this.#table.query(range);
    this.#meter.count({ readUnits: queryUnits(items, range.strong) });
    return items;
  }

  async queryIndex(range: IndexRange): Promise<readonly Item[]> {
    const items = await this.#table.queryIndex(range);
    this.#meter.count({ readUnits: queryUnits(items, false) });
    return items;
  }

  async put(item: Item, condition?: Condition): Promise<Written> {
    const told = this.#isOwn(item) ? this.#tellIn(item, (each) => writeUnits(undefined, each)) : undefined;
    const written = await this.#table.put(told?.item ?? item, condition);
    this.#count(written);
    if (told !== undefined) this.#told(written, told.counts);
    return written;
  }

  async update(key: Key, change: Change, condition: Condition): Promise<Written> {
    if (!this.#isOwn(key)) {
      const written = await this.#table.update(key, change, condition);
      this.#count(written);
      return written;
    }
    const image = this.#image;
    const { counts } = this.#tellIn(image ?? { ...key }, (told) =>
      image === undefined ? 1 : writeUnits(image, applyChange(told, change)),
    );
    const add = { ...change.add, ...toAttributes(counts) };
    const written = await this.#table.update(key, { ...change, add }, condition);
    this.#count(written);
    this.#told(written, counts);
    return written;
  }

  async transact(parts: readonly TransactionPart[]): Promise<boolean> {
    let counts: Counts = NOTHING;
    const own = parts.find(({ put }) => this.#isOwn(put));
    const others = parts.filter((part) => part !== own);
    let told = parts;
    if (own !== undefined) {
      const head = this.#tellIn(own.put, (each) => transactionUnits([each, ...others.map(({ put }) => put)], true));
      counts = head.counts;
      told = parts.map((part) => (part === own ? { ...part, put: head.item } : part));
    }
    const done = await this.#table.transact(told);
    this.#meter.count({
      writeUnits: transactionUnits(
        told.map(({ put }) => put),
        done,
      ),
    });
    if (done && own !== undefined) this.#meter.saved(counts);
    return done;
  }

  async delete(keys: readonly Key[]): Promise<void> {
    await this.#table.delete(keys);
    this.#meter.count({ writeUnits: deleteUnits(keys) });
  }

  #isOwn(key: Key): boolean {
    if (this.#meter.owner === undefined) return false;
    const own = headKey(this.#meter.owner);
    return key.pk === own.pk && key.sk === own.sk;
  }

  #sees(item: Item): void {
    this.#image = item;
    this.#meter.headBytes = itemBytes(item);
  }

  /** With all that is to be told, the write itself too: what that costs may depend on how long the numbers are. */
  #tellIn(item: Item, units: (told: Item) => number): { item: Item; counts: Counts } {
    let counts = plus(this.#meter.unsaved, { writeUnits: 1 });
    for (let round = 0; round < 2; round += 1) {
      const told = applyChange(item, { add: toAttributes(counts) });
      counts = plus(this.#meter.unsaved, { writeUnits: units(told) });
    }
    return { item: applyChange(item, { add: toAttributes(counts) }), counts };
  }

  #count(written: Written): void {
    this.#meter.count({
      writeUnits: written.done ? writeUnits(written.old, written.item) : refusedUnits(written.item),
    });
  }

  #told(written: Written, counts: Counts): void {
    if (written.item !== undefined) this.#sees(written.item);
    if (written.done) this.#meter.saved(counts);
    else this.#meter.expectNothing();
  }
}

/** Whoever deletes has read them. */
export function deleteUnits(keys: readonly Key[]): number {
  return keys.reduce((sum, key) => sum + writeUnits(key as Item, undefined), 0);
}

/** Who takes a message pays for its way. */
function meteredQueues(queues: Queues, meter: Meter): Queues {
  return {
    send: (messages) => queues.send(messages),
    postpone: async (receipt, seconds) => {
      await queues.postpone(receipt, seconds);
      meter.count({ requests: 1 });
    },
  };
}

/** The state `Park` is a transition, and writes its token into the head. */
export function hostCounts(headBytes: number): SomeCounts {
  return { transitions: 1, writeUnits: Math.max(1, Math.ceil((headBytes + TOKEN_BYTES) / 1_024)) };
}

function meteredHosts(hosts: Hosts, meter: Meter): Hosts {
  return {
    open: async (host, executor) => {
      const opened = await hosts.open(host, executor);
      if (opened) meter.count(hostCounts(meter.headBytes));
      return opened;
    },
    release: (token) => hosts.release(token),
  };
}

/** Step Functions takes an answer for nothing, and what a bus costs is the receiver's choice. */
function meteredTargets(targets: Targets, meter: Meter): Targets {
  return {
    tell: async (target, report) => {
      await targets.tell(target, report);
      if ("queue" in target) meter.count({ requests: 1 });
    },
  };
}

/**
 * What goes wrong in one simulation of the AWS home, as data: which call of a process, which message, which host, and how.
 * Calls, messages, hosts and stale reads are counted, so that the same faults hit the same ones again.
 */
import { isDeepStrictEqual } from "node:util";
import type { AwsSettings } from "../../lib/homes/aws/context.ts";
import type { CallFault } from "../helpers/aws/memory-process.ts";
import type { Arrival, QueueOptions } from "../helpers/aws/memory-queues.ts";
import type { HostFault } from "../helpers/aws/memory-hosts.ts";
import type { ChaosAction } from "./faults.ts";
import { FOREVER_MS } from "./plan.ts";
import type { Random } from "./random.ts";
import { fewerOf } from "./shrink.ts";

export interface AwsFaultPlan {
  readonly settings: Partial<AwsSettings>;
  readonly queues: Partial<Omit<QueueOptions, "arrivals">>;
  readonly pageBytes: number;
  /** Number of the call, twice counted (before and behind it) → what its process suffers. */
  readonly calls: Readonly<Record<number, Exclude<CallFault, undefined>>>;
  /** Number of the message → how it arrives. `lost` ones are found by the sweep alone. */
  readonly messages: Readonly<Record<number, MessageFault>>;
  readonly hosts: Readonly<Record<number, Exclude<HostFault, undefined>>>;
  /** Number of the read that is not strong → how many writes ago. */
  readonly reads: Readonly<Record<number, number>>;
  readonly chaos: readonly ChaosAction[];
}

export type MessageFault = "lost" | readonly Arrival[];

const CALLS = 700;
const MESSAGES = 300;
const MINUTE_MS = 60_000;
/** Interruptions that an execution of a simulation survives. */
export const INTERRUPTIONS = 50;
/** As a deployment sets it (D28). */
const MAX_RECEIVES = INTERRUPTIONS + 5;

export function generateAwsFaults(random: Random): AwsFaultPlan {
  const zombies = random.chance(0.3);
  return {
    settings: settingsOf(random.fork()),
    queues: {
      strict: true,
      // T0: a message of the dead comes back while their lease holds; T1: after.
      visibilityMs: random.pick([20_000, 90_000]),
      batch: random.pick([1, 1, 3, 10]),
      maxReceives: MAX_RECEIVES,
    },
    pageBytes: random.pick([300, 4_000, 1024 * 1024]),
    calls: callFaults(random.fork(), zombies),
    messages: messageFaults(random.fork()),
    hosts: hostFaults(random.fork()),
    reads: readFaults(random.fork()),
    chaos: random.chance(0.15) ? chaosOf(random.fork()) : [],
  };
}

function settingsOf(random: Random): Partial<AwsSettings> {
  const small = random.chance(0.4);
  return {
    leaseMs: MINUTE_MS,
    lingerMs: random.pick([0, 0, 500]),
    hostAfterMs: random.pick([1_000, MINUTE_MS]),
    longestHostMs: random.pick([FOREVER_MS, FOREVER_MS / 40]),
    ...(small ? { headBytes: 200, endBytes: 300, chunkBytes: 300 } : undefined),
  };
}

function callFaults(random: Random, zombies: boolean): AwsFaultPlan["calls"] {
  const calls: Record<number, Exclude<CallFault, undefined>> = {};
  const density = random.pick([0, 0.1, 0.3]);
  for (let call = 0; call < CALLS; call += 1) if (random.chance(density)) calls[call] = random.between(1, 6);
  const within = random.pick([40, 150, 500]);
  const deaths = Number(random.weighted({ 0: 2, 1: 3, 2: 2, 3: 1, 5: 1 }));
  for (let n = 0; n < deaths; n += 1) calls[random.below(within)] = "die";
  const frozen = zombies ? random.between(1, 3) : 0;
  for (let n = 0; n < frozen; n += 1)
    calls[random.below(within)] = { freezeMs: random.pick([25_000, 65_000, 100_000, 200_000]) };
  return calls;
}

function messageFaults(random: Random): AwsFaultPlan["messages"] {
  const messages: Record<number, MessageFault> = {};
  const density = random.pick([0, 0.1, 0.3]);
  for (let message = 0; message < MESSAGES; message += 1)
    if (random.chance(density)) messages[message] = arrivalsOf(random);
  const lost = random.weighted({ 0: 6, 1: 1, 2: 0.5 });
  for (let n = 0; n < Number(lost); n += 1) messages[random.below(60)] = "lost";
  return messages;
}

function arrivalsOf(random: Random): readonly Arrival[] {
  const lateMs = random.pick([0, 0, random.below(100), random.below(5_000), random.below(70_000)]);
  switch (random.weighted({ late: 2, copy: 1, same: 2 })) {
    case "late":
      return [{ lateMs }];
    case "copy":
      return [{}, { lateMs }];
    case "same":
      return [{}, { lateMs, same: true }];
  }
}

function hostFaults(random: Random): AwsFaultPlan["hosts"] {
  const hosts: Record<number, Exclude<HostFault, undefined>> = {};
  const density = random.pick([0, 0, 0.3]);
  for (let host = 0; host < 30; host += 1) {
    if (!random.chance(density)) continue;
    hosts[host] = { how: random.pick(["lost", "failed"]), afterMs: random.pick([0, 1_000, 100 * MINUTE_MS]) };
  }
  return hosts;
}

function readFaults(random: Random): AwsFaultPlan["reads"] {
  const reads: Record<number, number> = {};
  const density = random.pick([0, 0.3]);
  for (let read = 0; read < CALLS; read += 1) if (random.chance(density)) reads[read] = random.between(1, 3);
  return reads;
}

function chaosOf(random: Random): ChaosAction[] {
  return Array.from({ length: random.between(1, 3) }, () => ({
    kind: random.pick(["stop", "cancel"]),
    call: random.below(250),
    target: random.below(1_000),
  }));
}

/** Does it lose anything that only the sweep finds? */
export function needsSweep({ messages, hosts }: AwsFaultPlan): boolean {
  return Object.values(messages).includes("lost") || Object.values(hosts).some(({ how }) => how === "lost");
}

/** Settings under which least happens. */
const PLAIN_SETTINGS: AwsFaultPlan["settings"] = {
  leaseMs: MINUTE_MS,
  lingerMs: 0,
  hostAfterMs: MINUTE_MS,
  longestHostMs: FOREVER_MS,
};
const PLAIN_QUEUES: AwsFaultPlan["queues"] = {
  strict: true,
  visibilityMs: 90_000,
  batch: 1,
  maxReceives: MAX_RECEIVES,
};
const PLAIN_PAGE_BYTES = 1024 * 1024;

/** What can be left out of the faults of a case that fails. */
export function* fewerFaults(faults: AwsFaultPlan): Iterable<AwsFaultPlan> {
  for (const reads of fewerOf(faults.reads)) yield { ...faults, reads };
  for (const hosts of fewerOf(faults.hosts)) yield { ...faults, hosts };
  for (const messages of fewerOf(faults.messages)) yield { ...faults, messages };
  for (const calls of fewerOf(faults.calls)) yield { ...faults, calls };
  for (let at = 0; at < faults.chaos.length; at += 1) yield { ...faults, chaos: faults.chaos.toSpliced(at, 1) };
  const plain = { settings: PLAIN_SETTINGS, queues: PLAIN_QUEUES, pageBytes: PLAIN_PAGE_BYTES };
  for (const [key, value] of Object.entries(plain)) {
    if (!isDeepStrictEqual(faults[key as keyof typeof plain], value)) yield { ...faults, [key]: value };
  }
}

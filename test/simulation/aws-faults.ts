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

/** How much goes wrong. */
interface Harshness {
  readonly deaths: Readonly<Record<string, number>>;
  /** Chance that processes freeze, and how many do. */
  readonly zombies: number;
  readonly frozen: readonly [from: number, to: number];
  /** Chance that one of the next calls freezes, too. */
  readonly successors: number;
  readonly density: readonly number[];
  readonly lost: Readonly<Record<string, number>>;
  readonly small: number;
  readonly chaos: number;
}

const PLAIN: Harshness = {
  deaths: { 0: 2, 1: 3, 2: 2, 3: 1, 5: 1 },
  zombies: 0.3,
  frozen: [1, 3],
  successors: 0,
  density: [0, 0.1, 0.3],
  lost: { 0: 6, 1: 1, 2: 0.5 },
  small: 0.4,
  chaos: 0.15,
};

/** Several holders of one execution freeze and die, and little arrives once, at once, and in order. */
const HARD: Harshness = {
  deaths: { 1: 2, 2: 2, 3: 2, 5: 1 },
  zombies: 0.8,
  frozen: [1, 4],
  successors: 0.6,
  density: [0.1, 0.3, 0.5],
  lost: { 0: 2, 1: 1, 2: 1 },
  small: 0.6,
  chaos: 0.25,
};

export function generateAwsFaults(random: Random, isHard: boolean): AwsFaultPlan {
  const harshness = isHard ? HARD : PLAIN;
  const zombies = random.chance(harshness.zombies);
  return {
    settings: settingsOf(random.fork(), harshness),
    queues: {
      strict: true,
      // T0: a message of the dead comes back while their lease holds; T1: after.
      visibilityMs: random.pick([20_000, 90_000]),
      batch: random.pick([1, 1, 3, 10]),
      maxReceives: MAX_RECEIVES,
    },
    pageBytes: random.pick([300, 4_000, 1024 * 1024]),
    calls: callFaults(random.fork(), harshness, zombies),
    messages: messageFaults(random.fork(), harshness),
    hosts: hostFaults(random.fork()),
    reads: readFaults(random.fork()),
    chaos: random.chance(harshness.chaos) ? chaosOf(random.fork()) : [],
  };
}

function settingsOf(random: Random, harshness: Harshness): Partial<AwsSettings> {
  const small = random.chance(harshness.small);
  return {
    leaseMs: MINUTE_MS,
    lingerMs: random.pick([0, 0, 500]),
    hostAfterMs: random.pick([1_000, MINUTE_MS]),
    longestHostMs: random.pick([FOREVER_MS, FOREVER_MS / 40]),
    ...(small ? { headBytes: 200, endBytes: 300, chunkBytes: 300 } : undefined),
  };
}

function callFaults(random: Random, harshness: Harshness, zombies: boolean): AwsFaultPlan["calls"] {
  const calls: Record<number, Exclude<CallFault, undefined>> = {};
  const density = random.pick(harshness.density);
  for (let call = 0; call < CALLS; call += 1) if (random.chance(density)) calls[call] = random.between(1, 6);
  const within = random.pick([40, 150, 500]);
  const deaths = Number(random.weighted(harshness.deaths));
  for (let n = 0; n < deaths; n += 1) calls[random.below(within)] = "die";
  const frozen = zombies ? random.between(...harshness.frozen) : 0;
  for (let n = 0; n < frozen; n += 1) {
    let call = random.below(within);
    calls[call] = { freezeMs: random.pick([25_000, 65_000, 100_000, 200_000]) };
    // Its successor freezes as well, before it has written: then a third holder reads what the first one puts late.
    while (random.chance(harshness.successors)) {
      call += random.between(4, 40);
      calls[call] = { freezeMs: random.pick([65_000, 100_000]) };
    }
  }
  return calls;
}

function messageFaults(random: Random, harshness: Harshness): AwsFaultPlan["messages"] {
  const messages: Record<number, MessageFault> = {};
  const density = random.pick(harshness.density);
  for (let message = 0; message < MESSAGES; message += 1)
    if (random.chance(density)) messages[message] = arrivalsOf(random);
  const lost = random.weighted(harshness.lost);
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

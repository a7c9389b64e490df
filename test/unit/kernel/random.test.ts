import { describe, expect, it } from "vitest";
import { createRandom, hashText, uuidFrom } from "../../../lib/kernel/random.ts";

const DIGITS = "0123456789abcdefghijklmnopqrstuv";

/** The 65 bits of a hash. */
function bits(hash: string): bigint {
  let value = 0n;
  for (const digit of hash) value = value * 32n + BigInt(DIGITS.indexOf(digit));
  return value;
}

function ones(value: bigint): number {
  return value.toString(2).replaceAll("0", "").length;
}

/** Texts that differ as little as keys and ids do. */
function* structured(count: number): Generator<string> {
  const quarter = count / 4;
  for (let i = 0; i < quarter; i++) {
    yield `/CHILD:charge#${i}`;
    yield `${i}`;
    yield `/CONTEXT:map#1/CONTEXT:${i % 500}#1/STEP:load#${Math.floor(i / 500)}`;
    yield `0123456789abcdef-${i.toString(36).padStart(13, "0")}`;
  }
}

describe("hashText", () => {
  it("is the same for ever: ids of stored children are made of it", () => {
    expect(hashText("")).toBe("0000000000000");
    expect(hashText("a")).toBe("4nvs78jpf8144");
    expect(hashText("/CHILD:charge#1")).toBe("254l09u66og1l");
    expect(hashText("héllo → wörld, a text of more than one block")).toBe("9hf7120hfpda5");
  });

  it("has 13 characters of [0-9a-v]", () => {
    for (const text of structured(1_000)) expect(hashText(text)).toMatch(/^[0-9a-v]{13}$/);
  });

  // A million hashes take seconds on a busy machine.
  it("tells a million structured texts apart", { timeout: 60_000 }, () => {
    const seen = new Set<string>();
    for (const text of structured(1_000_000)) seen.add(hashText(text));
    expect(seen.size).toBe(1_000_000);
  });

  it("tells a million of them apart by half of its bits about as well as chance would", { timeout: 60_000 }, () => {
    // 35 bits: chance has n² / 2³⁶ = 15 pairs meet.
    for (const half of [(h: string) => h.slice(0, 7), (h: string) => h.slice(6)]) {
      const seen = new Set<string>();
      for (const text of structured(1_000_000)) seen.add(half(hashText(text)));
      expect(1_000_000 - seen.size).toBeLessThan(40);
    }
  });

  it("tells padding, order and length apart", () => {
    const texts = ["", "\0", "\0\0", "a", "a\0", "\0a", "ab", "ba", "a".repeat(8), "a".repeat(9), "a".repeat(16)];
    expect(new Set(texts.map(hashText)).size).toBe(texts.length);
  });

  it("changes half of its bits, each of them as often, with any bit of the text", () => {
    const flips = Array.from({ length: 65 }, () => 0);
    let changes = 0;
    let trials = 0;
    for (const text of structured(400)) {
      const before = bits(hashText(text));
      for (let at = 0; at < text.length; at++) {
        for (let bit = 0; bit < 7; bit++) {
          const other = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
          const change = before ^ bits(hashText(text.slice(0, at) + other + text.slice(at + 1)));
          for (let i = 0; i < 65; i++) flips[i]! += Number((change >> BigInt(i)) & 1n);
          changes += ones(change);
          trials += 1;
        }
      }
    }
    expect(changes / trials / 65).toBeCloseTo(0.5, 2);
    for (const count of flips) {
      expect(count / trials).toBeGreaterThan(0.48);
      expect(count / trials).toBeLessThan(0.52);
    }
  });
});

describe("createRandom", () => {
  const take = (seed: string, count: number): number[] => {
    const random = createRandom(seed);
    return Array.from({ length: count }, random);
  };

  it("repeats with the seed, and only with it", () => {
    expect(take("execution-1:1", 100)).toEqual(take("execution-1:1", 100));
    expect(take("execution-1:1", 5)).not.toEqual(take("execution-1:2", 5));
  });

  it("is the same for ever: replay demands it", () => {
    expect(take("seed", 2)).toEqual([0.4028025817713117, 0.07170971113597069]);
  });

  it.each(["", "a", "execution-1:1"])("is even, and from 0 to below 1 (%j)", (seed) => {
    const numbers = take(seed, 100_000);
    const buckets = Array.from({ length: 20 }, () => 0);
    for (const n of numbers) buckets[Math.floor(n * 20)]! += 1;
    expect(buckets).toHaveLength(20);
    for (const count of buckets) expect(Math.abs(count - 5_000)).toBeLessThan(350); // five times the deviation
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe("uuidFrom", () => {
  it("has the form of version 4", () => {
    const random = createRandom("uuid");
    const uuids = Array.from({ length: 10_000 }, () => uuidFrom(random));
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(uuids).size).toBe(uuids.length);
  });

  it.each([0, 0.999999999999])("holds at the edge %d", (edge) => {
    expect(uuidFrom(() => edge)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

/**
 * Determinism from text: a hash, and randomness and ids that grow from a seed.
 *
 * Boundary: for identity and replay, not for secrets: nothing here withstands somebody who wants a collision.
 * Invariants: the same text gives the same result on every machine, for ever: ids of children are made of it (K7),
 * and what the code draws (K12).
 */

/** MurmurHash3 x86 128 over UTF-16 code units, two to a word: its constants and its rounds. */
const C1 = 0x239b961b;
const C2 = 0xab0e9789 | 0;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93 | 0;

type Lanes = readonly [h1: number, h2: number, h3: number, h4: number];

function hash128(text: string): Lanes {
  const length = text.length;
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  // Past the end charCodeAt is NaN, which `|` reads as 0: the last block is padded; the length tells the padding apart.
  for (let i = 0; i < length; i += 8) {
    const k1 = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
    const k2 = text.charCodeAt(i + 2) | (text.charCodeAt(i + 3) << 16);
    const k3 = text.charCodeAt(i + 4) | (text.charCodeAt(i + 5) << 16);
    const k4 = text.charCodeAt(i + 6) | (text.charCodeAt(i + 7) << 16);
    h1 ^= Math.imul(rotate(Math.imul(k1, C1), 15), C2);
    h1 = (Math.imul(rotate(h1, 19) + h2, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotate(Math.imul(k2, C2), 16), C3);
    h2 = (Math.imul(rotate(h2, 17) + h3, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotate(Math.imul(k3, C3), 17), C4);
    h3 = (Math.imul(rotate(h3, 15) + h4, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotate(Math.imul(k4, C4), 18), C1);
    h4 = (Math.imul(rotate(h4, 13) + h1, 5) + 0x32ac3b17) | 0;
  }
  return finish(h1 ^ length, h2 ^ length, h3 ^ length, h4 ^ length);
}

function finish(a: number, b: number, c: number, d: number): Lanes {
  let h1 = (a + b + c + d) | 0;
  const h2 = avalanche((b + h1) | 0);
  const h3 = avalanche((c + h1) | 0);
  const h4 = avalanche((d + h1) | 0);
  h1 = (avalanche(h1) + h2 + h3 + h4) | 0;
  return [h1, (h2 + h1) | 0, (h3 + h1) | 0, (h4 + h1) | 0];
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** Every bit of the input moves half the bits of the output. */
function avalanche(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const DIGITS = "0123456789abcdefghijklmnopqrstuv";
/** Two digits at once: half the concatenations. */
const PAIRS = Array.from({ length: 1024 }, (_, i) => `${DIGITS.charAt(i >>> 5)}${DIGITS.charAt(i & 31)}`);

function pair(bits: number): string {
  return PAIRS[bits & 1023] as string;
}

/**
 * 65 bits as 13 characters of `[0-9a-v]`: as many as leave an id of root, parent and key its 60 characters. The
 * chance that any two of n texts meet is n² / 2⁶⁶: one in seventy million for a million texts. Ids are made per tree, so n
 * counts the executions below one root.
 */
export function hashText(text: string): string {
  const [h1, h2, h3] = hash128(text);
  // 32 + 32 + 1 bits: six pairs of digits of 10 bits, and one digit of what is left.
  const rest = (h1 >>> 30) | ((h2 >>> 30) << 2) | ((h3 & 1) << 4);
  return (
    pair(h1) + pair(h1 >>> 10) + pair(h1 >>> 20) + pair(h2) + pair(h2 >>> 10) + pair(h2 >>> 20) + DIGITS.charAt(rest)
  );
}

/** Numbers from 0 to below 1 with 53 bits each, the same sequence for the same seed (sfc32). */
export function createRandom(seed: string): () => number {
  let [a, b, c, counter] = hash128(seed);
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (rotate(c, 21) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next(); // sfc32 asks for some rounds before its numbers are good
  return () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
}

/** A version 4 UUID. */
export function uuidFrom(random: () => number): string {
  const a = word(random);
  const b = (word(random) & 0xffff0fff) | 0x4000;
  const c = (word(random) & 0x3fffffff) | 0x80000000;
  const d = word(random);
  const [w1, w2, w3, w4] = [a, b, c, d].map((w) => (w >>> 0).toString(16).padStart(8, "0")) as [
    string,
    string,
    string,
    string,
  ];
  return `${w1}-${w2.slice(0, 4)}-${w2.slice(4)}-${w3.slice(0, 4)}-${w3.slice(4)}${w4}`;
}

function word(random: () => number): number {
  return Math.floor(random() * 0x1_0000_0000);
}

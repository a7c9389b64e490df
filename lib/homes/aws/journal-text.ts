/** Text in items: compressed when that pays, and in as many items as it needs (an item has 400 KB at most). */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { StoreError } from "../../kernel/errors.ts";
import { hashText } from "../../kernel/random.ts";
import type { Item, Key } from "./table.ts";

/** Below this a write costs one unit anyway. */
const COMPRESS_FROM = 900;
/** Of an item's 400 KB; names and keys need some of it. */
export const CHUNK_BYTES = 380 * 1024;

/** @param chunk the number of one: 0 and up @param size of a chunk, lowered by tests */
export function toItems(
  text: string,
  key: (chunk: number) => Key,
  extra: Readonly<Record<string, string | number>>,
  size: number = CHUNK_BYTES,
): Item[] {
  const plain = Buffer.from(text, "utf8");
  const packed = plain.length < COMPRESS_FROM ? plain : deflateRawSync(plain);
  const isPacked = packed.length < plain.length * 0.9;
  const bytes = isPacked ? packed : plain;
  const count = Math.max(1, Math.ceil(bytes.length / size));
  // Chunks of two texts under the same keys must not be taken for one: a writer may have died in the middle.
  const whole = count === 1 ? undefined : { h: hashText(text) };
  return Array.from({ length: count }, (_, chunk) => ({
    ...key(chunk),
    ...extra,
    of: count,
    ...whole,
    ...(isPacked ? { z: 1 } : undefined),
    // A person who looks at the table reads what is small.
    d: count === 1 && !isPacked ? text : bytes.subarray(chunk * size, (chunk + 1) * size),
  }));
}

/** The chunks of one text, in order. Undefined when some are not there (yet): then it was never complete. */
export function fromItems(items: readonly Item[]): string | undefined {
  const [first] = items;
  if (first === undefined) return undefined;
  const ofSame = items.filter(({ h }) => h === first["h"]);
  if (Number(first["of"]) !== ofSame.length) return undefined;
  if (typeof first["d"] === "string") return first["d"];
  const bytes = Buffer.concat(ofSame.map(({ d }) => bytesOf(d)));
  return (first["z"] === undefined ? bytes : inflateRawSync(bytes)).toString("utf8");
}

function bytesOf(value: Item[string] | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new StoreError("store_failed", "a piece of a journal is not what this library wrote; was the table changed?");
}

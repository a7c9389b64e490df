/**
 * What a call of DynamoDB is billed, in units on demand. Computed here, because what the service reports cannot be
 * checked on an emulator, and is not told for a refused write.
 */
import type { Item, Value } from "./table.ts";

const KB = 1_024;
/** Of one page of a query. */
const PAGE_BYTES = 1_024 * KB;
const READ_BYTES = 4 * KB;

/** Sizes of items: one that was read is asked for its size several times, and an item never changes. */
const sizes = new WeakMap<Item, number>();

/** An item has so many bytes, by DynamoDB's own rules. */
export function itemBytes(item: Item): number {
  const known = sizes.get(item);
  if (known !== undefined) return known;
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += Buffer.byteLength(name) + valueBytes(value);
  sizes.set(item, bytes);
  return bytes;
}

function valueBytes(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value !== "number") return value.length;
  return Math.ceil(significantDigits(String(value)) / 2) + 1 + (value < 0 ? 1 : 0);
}

/** Zeros at both ends are not stored. A loop, for every head that is read is measured. */
function significantDigits(text: string): number {
  let digits = 0;
  let zeros = 0;
  for (let at = 0; at < text.length && text[at] !== "e"; at += 1) {
    const sign = text.charCodeAt(at);
    if (sign < 48 || sign > 57) continue;
    if (sign === 48) zeros += digits > 0 ? 1 : 0;
    else {
      digits += zeros + 1;
      zeros = 0;
    }
  }
  return digits;
}

function perKb(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / KB));
}

export function readUnits(bytes: number, strong: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_BYTES)) * (strong ? 1 : 0.5);
}

/** Of all its pages. A page ends before the item that would make it too big. */
export function queryUnits(items: readonly Item[], strong: boolean): number {
  let units = 0;
  let page = 0;
  for (const bytes of items.map(itemBytes)) {
    if (page > 0 && page + bytes > PAGE_BYTES) {
      units += readUnits(page, strong);
      page = 0;
    }
    page += bytes;
  }
  return units + readUnits(page, strong);
}

/** @param old what was there before; @param now what is there then, or undefined for a deletion */
export function writeUnits(old: Item | undefined, now: Item | undefined): number {
  const bytes = Math.max(old === undefined ? 0 : itemBytes(old), now === undefined ? 0 : itemBytes(now));
  return perKb(bytes) + indexUnits(old, now);
}

/** New items of one transaction: twice, but for their entries in the indexes. */
export function transactionUnits(puts: readonly Item[], done: boolean): number {
  return puts.reduce((sum, put) => sum + 2 * perKb(itemBytes(put)) + (done ? indexUnits(undefined, put) : 0), 0);
}

/** A write whose condition does not hold pays for what it looked at. */
export function refusedUnits(found: Item | undefined): number {
  return perKb(found === undefined ? 0 : itemBytes(found));
}

/** Both indexes hold keys alone: of less than a kilobyte. */
function indexUnits(old: Item | undefined, now: Item | undefined): number {
  return entryUnits("gpk", "gsk", old, now) + entryUnits("ppk", "psk", old, now);
}

/** A new key is a deletion and a put. */
function entryUnits(pk: string, sk: string, old: Item | undefined, now: Item | undefined): number {
  const before = old?.[pk] !== undefined && old[sk] !== undefined;
  const after = now?.[pk] !== undefined && now[sk] !== undefined;
  if (!before || !after) return before || after ? 1 : 0;
  return old[pk] === now[pk] && old[sk] === now[sk] ? 0 : 2;
}

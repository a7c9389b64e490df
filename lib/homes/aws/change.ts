/** What a change makes of an item: the same as DynamoDB's update expressions do, which see the values from before. */
import type { Change, Item, Value } from "./table.ts";

const DIGITS = 15;

/** DynamoDB's numbers are. */
function decimal(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

export function applyChange(old: Item, change: Change): Item {
  const { set = {}, setOnce = {}, copy = {}, add = {}, remove = [] } = change;
  const item: Record<string, Value> = { ...old };
  for (const [name, value] of Object.entries(setOnce)) if (value !== undefined) item[name] ??= value;
  for (const [name, { from, otherwise }] of Object.entries(copy)) item[name] = old[from] ?? otherwise;
  for (const [name, value] of Object.entries(set)) if (value !== undefined) item[name] = value;
  for (const [name, value] of Object.entries(add)) item[name] = decimal(Number(old[name] ?? 0) + value);
  for (const name of remove) delete item[name];
  return item as Item;
}

/** The works as a stack deploys them. */
import { setTimeout as sleep } from "node:timers/promises";
import { LONG_MS, worksWith } from "./works.ts";

export const [fastLeaf, slowLeaf, longLeaf, fastChild, slowChild, longChild, fanOut, steps] = worksWith({
  sleep: (ms) => sleep(ms),
  longMs: LONG_MS,
});

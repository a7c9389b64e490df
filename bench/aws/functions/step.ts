/** A step of the state machines that are compared with. */
import { setTimeout as sleep } from "node:timers/promises";

export async function handler({ ms = 0 }: { ms?: number }): Promise<{ n: number }> {
  if (ms > 0) await sleep(ms);
  return { n: 1 };
}

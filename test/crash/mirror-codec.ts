/** Writes everything backwards, in another turn of the event loop: stands for a codec that encrypts. */
import { setImmediate } from "node:timers/promises";
import type { PayloadCodec } from "../../lib/homes/embedded/store.ts";

export const mirrorCodec: PayloadCodec = {
  keyId: "mirror",
  encode: mirrored,
  decode: mirrored,
};

async function mirrored(text: string): Promise<string> {
  await setImmediate();
  return Array.from(text).toReversed().join("");
}

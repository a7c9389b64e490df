/** A codec that leaves no trace of the text, takes its time, and reads only with the key and in the place it wrote. */
import { setImmediate } from "node:timers/promises";
import type { PayloadCodec } from "../../lib/homes/embedded/store.ts";

export function scrambler(keyId: string, places: Set<string> = new Set()): PayloadCodec {
  return {
    keyId,
    encode: async (text, { executionId }) => {
      places.add(executionId);
      await setImmediate();
      return turned(Buffer.from(text), keyId, executionId).toString("base64");
    },
    decode: async (text, key, { executionId }) => {
      // The later a payload was handed in, the earlier it may be read: order must come from elsewhere.
      if (text.length % 2 === 0) await setImmediate();
      return turned(Buffer.from(text, "base64"), key, executionId).toString();
    },
  };
}

function turned(bytes: Buffer, key: string, executionId: string): Buffer {
  const mask = Buffer.from(`${key}${executionId}`).reduce((sum, byte) => (sum * 31 + byte) % 251, 7);
  return Buffer.from(bytes.map((byte, at) => byte ^ ((mask + at) % 256)));
}

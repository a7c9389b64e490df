/** While a tree is redrawn in place, what workflows print with `console` goes above it instead of through it. */
import { format } from "node:util";

const METHODS = ["log", "info", "debug", "warn", "error"] as const;
const TO_STDERR = new Set<(typeof METHODS)[number]>(["warn", "error"]);

/** Gives how to end it. What does not go to a terminal is left alone. */
export function captureConsole(print: (text: string) => void): () => void {
  const before = { ...console };
  for (const method of METHODS) {
    const stream = TO_STDERR.has(method) ? process.stderr : process.stdout;
    if (stream.isTTY) console[method] = (...args: unknown[]) => print(format(...args));
  }
  return () => void Object.assign(console, before);
}

/** Has plugins send what they have gathered, before their process comes to rest. What one fails at harms nobody. */
import { lineOf } from "../kernel/error-object.ts";
import type { LogSink } from "../ports/log-sink.ts";
import type { Plugin } from "../ports/plugin.ts";

export async function flushPlugins(plugins: readonly Plugin[], log: LogSink): Promise<void> {
  const flushed = await Promise.allSettled(plugins.map(async (plugin) => plugin.flush?.()));
  for (const [index, result] of flushed.entries()) {
    if (result.status === "fulfilled") continue;
    log({
      level: "warn",
      message: `plugin ${plugins[index]?.name ?? ""} could not flush: ${lineOf(result.reason)}`,
    });
  }
}

/** While a user's file is loaded, what would end the process ends the load instead. */
import { syncBuiltinESMExports } from "node:module";
import { setImmediate as turn } from "node:timers/promises";

/** The file neither finished nor threw. */
export class LoadEndedError extends Error {
  override readonly name = "LoadEndedError";
}

/** A file that has not finished loading by then does not, as far as a person can tell. */
const LOAD_LIMIT_MS = 60_000;

/**
 * @throws LoadEndedError when the code ended the process, or can never finish
 * @throws whatever it threw, at once or in a callback
 */
export async function guardLoad<T>(load: () => Promise<T>): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  ended.catch(() => {}); // awaited below, unless the load is over first
  const starved = (): void => reject(new LoadEndedError("a top-level `await` in it never settles"));
  const restoreExit = refuseExit(reject);
  const limit = setTimeout(tooLong, LOAD_LIMIT_MS, reject).unref();
  process.on("uncaughtException", reject).on("beforeExit", starved);
  try {
    const loaded = await Promise.race([load(), ended]);
    // Node reports a rejection that nobody handles one turn later.
    await Promise.race([turn(), ended]);
    return loaded;
  } finally {
    clearTimeout(limit);
    process.off("uncaughtException", reject).off("beforeExit", starved);
    restoreExit();
  }
}

function tooLong(reject: (error: Error) => void): void {
  const seconds = LOAD_LIMIT_MS / 1_000;
  reject(new LoadEndedError(`it has not finished loading after ${seconds} s; a top-level \`await\` in it waits`));
}

/** Code that keeps `exit` for later gets the real one later. */
function refuseExit(reject: (error: Error) => void): () => void {
  // oxlint-disable-next-line typescript/unbound-method -- put back as it was found
  const { exit } = process;
  let loading = true;
  const refuse = (code?: number | string | null): never => {
    if (!loading) return exit.call(process, code);
    const error = new LoadEndedError(`it called process.exit(${code ?? ""}) while it was loaded`);
    Error.captureStackTrace(error, refuse);
    reject(error);
    throw error;
  };
  process.exit = refuse;
  syncBuiltinESMExports();
  return () => {
    loading = false;
    process.exit = exit;
    syncBuiltinESMExports();
  };
}

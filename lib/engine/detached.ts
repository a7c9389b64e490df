/** Async contexts: what a function finds in an AsyncLocalStorage. */
import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Runs a function in no async context. The rounds of an engine begin in the context of whichever workflow's code asked
 * for something first; what is not that workflow's code must not find itself in it.
 */
export const detached: <T>(run: () => T) => T = AsyncLocalStorage.snapshot();

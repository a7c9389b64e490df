/**
 * Breaks the code of processes that a test starts: they inherit `--import` of this file through NODE_OPTIONS. The
 * test's own process gets its modules from vite, see vite-break.ts.
 */
import { breakCode } from "./break-code.ts";
import { changeFromEnv } from "./change-from-env.ts";

const change = changeFromEnv();
if (change !== undefined) breakCode(change);

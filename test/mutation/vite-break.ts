import path from "node:path";
import type { Plugin } from "vitest/config";
import { apply } from "./apply.ts";
import { changeFromEnv } from "./change-from-env.ts";

/** Changes one file on its way into a test process, when the environment says so. */
export function viteBreak(root: string): Plugin[] {
  const change = changeFromEnv();
  if (change === undefined) return [];
  const file = path.join(root, change.file);
  const transform = (source: string, id: string): string | undefined =>
    id.split("?")[0] === file ? apply(change, source) : undefined;
  return [{ name: "treeline-break", enforce: "pre", transform }];
}

/** Changes one file while it is loaded: everything that is imported behind this call sees the broken code. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { apply, type Change } from "./apply.ts";

const root = path.resolve(import.meta.dirname, "../..");

export function breakCode(change: Change): void {
  const file = path.join(root, change.file);
  const url = pathToFileURL(file).href;
  const source = apply(change, readFileSync(file, "utf8"));
  registerHooks({
    load(loaded, context, nextLoad) {
      if (loaded !== url) return nextLoad(loaded, context);
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
}

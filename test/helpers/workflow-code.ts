/** Runs workflow code without an engine: what it rejects is not the test's. */
import { inPlace } from "../../lib/engine/code-place.ts";
import { watchRejections } from "../../lib/homes/rejections.ts";

const owner = { path: "", unsafe: () => undefined, rejected: () => undefined, handled: () => undefined };

export function asWorkflowCode<T>(run: () => T): T {
  watchRejections();
  return inPlace({ owner }, run);
}

/** The Node that Treeline needs, and what is said where it is another. */
import { TreelineError } from "../kernel/errors.ts";

const NEEDED_MAJOR = 24;

/** @throws TreelineError `node_unsupported`: one sentence that says what to do */
export function requireNode(what: string): void {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= NEEDED_MAJOR) return;
  throw unsupportedNode(`${what} needs Node ${NEEDED_MAJOR} or newer and this is Node ${node}: run it on a newer Node`);
}

/** Without a stack: what has to change is Node, not the code that was called. */
export function unsupportedNode(message: string): TreelineError {
  const error = new TreelineError("node_unsupported", message);
  error.stack = `${error.name}: ${message}`;
  return error;
}

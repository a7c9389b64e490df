/**
 * What an execution cannot ask of itself, nor of an execution above it: it waits for what is below, so a wait for what
 * is above cannot end; and who ends what is above ends itself. A cancel of what is above is only a request, which the
 * other may follow or not, and stays possible.
 */
import { TreelineError } from "../kernel/errors.ts";

export interface InTree {
  readonly id: string;
  readonly rootId: string;
  readonly path: string;
  readonly parentId?: string;
}

export type CircularRequest = "wait for" | "cancel" | "stop";

/** By their paths alone, which an execution of an earlier generation may share. */
export function mayBeAbove(target: InTree, own: InTree): boolean {
  return target.rootId === own.rootId && `${own.path}/`.startsWith(`${target.path}/`);
}

export function circularRequest(what: CircularRequest, own: InTree, target: InTree): TreelineError {
  const which = target.id === own.id ? "itself" : `${target.path} (${target.id}), which stands above it`;
  const instead = what === "wait for" ? "Return a result, or send a signal" : "Return, or throw an error";
  return new TreelineError("circular_request", `${own.path} (${own.id}) cannot ${what} ${which}. ${instead} instead`, {
    data: { executionId: target.id },
  });
}

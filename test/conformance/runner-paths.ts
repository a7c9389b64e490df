/**
 * Addresses of executions and operations, as scenarios write them (scenario.ts): `/child#2/grandchild`, `id:xyz`.
 * Pure: from what a client shows to readable names, nothing else.
 */
import { parseKey, pathSegment } from "../../lib/kernel/keys.ts";
import type { ExecutionView, TreeNode } from "../../lib/ports/client.ts";

/** Name of the operation behind a key: `charge` for `/CONTEXT:pay#1/CHILD:charge#2`. */
export function operationName(key: string): string {
  return parseKey(key).name;
}

/** Readable form of a scope's key: `""` at the top, `pay/branch#2` below. */
export function scopeNames(key: string): string {
  const names: string[] = [];
  for (let scope = key; scope !== ""; scope = parseKey(scope).scope) names.unshift(pathSegment(scope));
  return names.join("/");
}

/** True if the operation has this name or stands in a scope of this name; the empty name is any. */
export function isCalled(name: string, key: string): boolean {
  for (let at = key; at !== ""; at = parseKey(at).scope) {
    if (name === "" || operationName(at) === name) return true;
  }
  return false;
}

/** Every execution of a tree by its path; the tree's own root is `/`. */
export function locate(tree: TreeNode): Map<string, ExecutionView> {
  const found = new Map<string, ExecutionView>();
  walk(tree, "", found);
  return found;
}

function walk(node: TreeNode, path: string, found: Map<string, ExecutionView>): void {
  found.set(path === "" ? "/" : path, node.execution);
  const counts = new Map<string, number>();
  for (const child of node.children.toSorted(inOrderOfStart)) {
    const name = nameOf(child);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    walk(child, `${path}/${name}${count === 1 ? "" : `#${count}`}`, found);
  }
}

function nameOf({ execution }: TreeNode): string {
  return execution.parentOperation === undefined ? execution.workflow : operationName(execution.parentOperation);
}

/** By key and not by time: children that start together have no order in time that two homes would share. */
function inOrderOfStart(a: TreeNode, b: TreeNode): number {
  const [left, right] = [a.execution, b.execution];
  const byKey = (left.parentOperation ?? "").localeCompare(right.parentOperation ?? "", "en", { numeric: true });
  return byKey === 0 ? left.createdAt - right.createdAt : byKey;
}

/** One spelling for every path: `/a#1/` is `/a`. Ids stay as they are: they may hold any characters. */
export function normalPath(path: string): string {
  return path === "/" || path.startsWith("id:") ? path : path.replace(/#1(?=\/|$)/g, "").replace(/\/$/, "");
}

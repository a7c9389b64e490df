/** The tree of executions, from the heads of one root in any order. */
import { pathSegment } from "../kernel/keys.ts";
import type { ExecutionView, TreeNode } from "../ports/client.ts";
import { type HeadLike, projectView } from "./view.ts";

/** The node of `id` with everything below it; undefined when it is not among the heads. */
export function projectTree<H extends HeadLike>(
  heads: Iterable<H>,
  id: string,
  view: (head: H) => ExecutionView = (head) => projectView(head),
): TreeNode | undefined {
  const all = [...heads];
  const root = all.find((head) => head.id === id);
  if (root === undefined) return undefined;
  const children = Map.groupBy(all.toSorted(byCreation), (head) => head.parentId);
  const node = (head: H): TreeNode => ({ execution: view(head), children: (children.get(head.id) ?? []).map(node) });
  return node(root);
}

/** Readable path of an execution (lineage; a key nowhere, D5): `order`, `order/charge#2`. */
export function pathOf(workflow: string, parent?: { readonly path: string; readonly operation: string }): string {
  return parent === undefined ? workflow : `${parent.path}/${pathSegment(parent.operation)}`;
}

/** Those that began at the same time: by the operation that started them, `charge#2` before `charge#10`. */
function byCreation(a: HeadLike, b: HeadLike): number {
  return a.createdAt - b.createdAt || natural(a.parentOperation ?? "", b.parentOperation ?? "") || natural(a.id, b.id);
}

function natural(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

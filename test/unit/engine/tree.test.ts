import { describe, expect, it } from "vitest";
import { pathOf, projectTree } from "../../../lib/engine/tree.ts";
import { type HeadLike, projectView } from "../../../lib/engine/view.ts";
import type { TreeNode } from "../../../lib/ports/client.ts";

function head(id: string, parentId?: string, createdAt = 0, parentOperation = "/CHILD:x#1"): HeadLike {
  const parent = parentId === undefined ? undefined : { parentId, parentOperation };
  const statics = {
    publicId: id,
    namespace: "default",
    workflow: "w",
    version: "1",
    rootId: "root",
    depth: 0,
    path: id,
  };
  return { id, ...statics, status: "RUNNING", createdAt, ...parent };
}

/** `root(a(b) c)` */
function shape({ execution, children }: TreeNode): string {
  return children.length === 0 ? execution.id : `${execution.id}(${children.map(shape).join(" ")})`;
}

describe("projectTree", () => {
  const heads = [head("c", "a", 5), head("b", "root", 3), head("a", "root", 2), head("root"), head("d", "a", 4)];

  it("nests heads of any order, children in the order of their creation", () => {
    for (const order of [heads, heads.toReversed()]) {
      const tree = projectTree(order, "root");
      expect(tree && shape(tree)).toBe("root(a(d c) b)");
    }
  });

  it("begins where it is asked to", () => {
    const tree = projectTree(heads, "a");
    expect(tree && shape(tree)).toBe("a(d c)");
    expect(projectTree(heads, "b")).toEqual({ execution: projectView(head("b", "root", 3)), children: [] });
    expect(projectTree(heads, "gone")).toBeUndefined();
  });

  it("orders what began together by the operations, as people count", () => {
    const keys = ["/CHILD:x#10", "/CHILD:x#2", "/CHILD:a#1"];
    const tree = projectTree([head("root"), ...keys.map((key) => head(`id-${key}`, "root", 1, key))], "root");
    expect(tree?.children.map(({ execution }) => execution.parentOperation)).toEqual([
      "/CHILD:a#1",
      "/CHILD:x#2",
      "/CHILD:x#10",
    ]);
  });

  it("shows heads as it is told", () => {
    const tree = projectTree(heads, "b", (of) => projectView(of, { generation: 3 }));
    expect(tree?.execution.generation).toBe(3);
  });
});

describe("pathOf", () => {
  it("begins with the workflow and goes on with the operations", () => {
    expect(pathOf("order")).toBe("order");
    expect(pathOf("charge", { path: "order", operation: "/CONTEXT:pay#1/CHILD:charge#1" })).toBe("order/charge");
    expect(pathOf("charge", { path: "order", operation: "/CHILD:charge%2Fit#2" })).toBe("order/charge/it#2");
  });
});

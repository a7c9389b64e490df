/** D5: what ids look like, and what they tell. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createIds } from "../../../lib/homes/real-ids.ts";
import { rootOf, treeRange } from "../../../lib/homes/embedded/execution-ids.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { callbackId, childCollection, childId, executionOfCallback, KeySpace } from "../../../lib/kernel/keys.ts";
import type { ExecutionView, TreeNode } from "../../../lib/ports/client.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const SHAPE = /^[a-z0-9]+(-[a-z0-9]+){0,2}$/;

const rootId = fc.nat({ max: 2 ** 40 }).map((ms) => createIds(() => ms).root());
const operationKey = fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 4 }).map((names) => {
  return names.reduce((scope, name) => new KeySpace(scope).next("CHILD", name), "");
});
/** An execution at any depth. */
const descendant = fc.tuple(rootId, fc.array(fc.tuple(fc.integer({ min: 1 }), operationKey), { maxLength: 40 }));

function below(root: string, line: readonly [generation: number, key: string][]): string[] {
  const ids = [root];
  for (const [generation, key] of line) ids.push(childId(childCollection(ids.at(-1) ?? ""), generation, key));
  return ids;
}

describe("D5: the internal id of a child", () => {
  it("has at most 60 characters of [a-z0-9-], whatever the depth, the names and the generation", () => {
    fc.assert(
      fc.property(descendant, ([root, line]) => {
        for (const id of below(root, line)) {
          expect(id).toMatch(SHAPE);
          expect(id.length).toBeLessThanOrEqual(60);
          // With a generation it still fits a name of Step Functions.
          expect(`${id}-${Number.MAX_SAFE_INTEGER}`.length).toBeLessThanOrEqual(80);
        }
      }),
    );
  });

  it("is a function of its parent's id, the generation and the operation's key, and of nothing else", () => {
    fc.assert(
      fc.property(rootId, operationKey, operationKey, fc.integer({ min: 2 }), (root, key, other, generation) => {
        const collection = childCollection(root);
        const id = childId(collection, 1, key);
        expect(childId(childCollection(root), 1, key)).toBe(id);
        expect(childId(collection, generation, key)).not.toBe(id);
        expect(childId(childCollection(id), 1, key)).not.toBe(id);
        fc.pre(other !== key);
        expect(childId(collection, 1, other)).not.toBe(id);
      }),
    );
  });

  it("begins with its root's id, and with what it shares with its siblings and with nobody else", () => {
    fc.assert(
      fc.property(descendant, operationKey, operationKey, ([root, line], one, other) => {
        const parents = below(root, line);
        for (const parent of parents) {
          const children = [one, other].map((key) => childId(childCollection(parent), 1, key));
          for (const child of children) {
            expect(child.startsWith(`${childCollection(parent)}-`)).toBe(true);
            expect(rootOf(child)).toBe(root);
            const [from, before] = treeRange(root);
            expect(child >= from && child < before).toBe(true);
          }
        }
        const collections = parents.map(childCollection);
        expect(new Set(collections).size).toBe(new Set(parents).size);
      }),
    );
  });

  it("is told by the id of its callbacks", () => {
    fc.assert(
      fc.property(descendant, operationKey, ([root, line], key) => {
        const id = below(root, line).at(-1) ?? "";
        expect(executionOfCallback(callbackId(id, 1, key))).toBe(id);
      }),
    );
  });

  it("of a later root sorts behind, within a millisecond and when the clock goes back, too", () => {
    const times = [5, 5, 5, 9, 7, 7, 2 ** 40];
    const ids = createIds(() => times.shift() ?? 2 ** 41);
    const made = Array.from({ length: 8 }, () => ids.root());
    expect(made).toEqual(made.toSorted());
    expect(new Set(made.map((id) => id.length))).toEqual(new Set([20]));
  });
});

describe("D5: the ids of a tree", () => {
  const leaf = workflow({ name: "leaf" }, async () => 1);
  const branch = workflow({ name: "branch" }, async (ctx) => [await ctx.execute(leaf, 1), await ctx.execute(leaf, 2)]);

  it("are listed by their prefix: a tree, and the children of one parent", async () => {
    const top = workflow({ name: "top" }, async (ctx) => [await ctx.execute(branch, 1), await ctx.execute(branch, 2)]);
    const { engine, play } = await openVirtual({ workflows: [top, branch, leaf] });
    const { executionId } = await play(top);
    const tree = await engine.tree(executionId);
    const all = flat(tree).map(({ id }) => id);
    expect(all).toHaveLength(7);
    expect((await engine.list({ rootId: executionId })).executions.map(({ id }) => id).toSorted()).toEqual(
      all.toSorted(),
    );
    for (const { execution, children } of tree.children) {
      const listed = (await engine.list({ parentId: execution.id })).executions.map(({ id }) => id);
      expect(listed.toSorted()).toEqual(children.map((node) => node.execution.id).toSorted());
      expect(listed.every((id) => id.startsWith(`${childCollection(execution.id)}-`))).toBe(true);
    }
  });

  it.each([
    ["one of 256 characters, of any kind", "ü/#%".repeat(64), undefined],
    ["one of 257 characters", "x".repeat(257), "invalid_argument"],
    ["an empty one", "", "invalid_argument"],
  ])("may be the user's own: %s", async (_title, id, code) => {
    const { engine } = await openVirtual({ workflows: [leaf] });
    const parent = workflow({ name: "parent" }, async (ctx) => (await ctx.start(leaf, 1, { id })).executionId);
    if (code !== undefined) {
      await expect(engine.start(leaf, 1, { id })).rejects.toMatchObject({ code });
      await expect(engine.execute(parent, null)).rejects.toMatchObject({ cause: { code } });
      return;
    }
    const handle = await engine.start(leaf, 1, { id });
    expect(handle.publicId).toBe(id);
    expect(handle.executionId).toMatch(SHAPE);
    await handle.result();
    expect((await engine.get(id)).id).toBe(handle.executionId);
    expect((await engine.get(handle.executionId)).publicId).toBe(id);
    const child = await engine.execute(parent, null);
    expect(child).toMatch(SHAPE);
    expect((await engine.get(id)).id).toBe(child);
  });

  it("are not the readable path, which tells how it came to be", async () => {
    const top = workflow({ name: "top" }, async (ctx) => {
      await ctx.execute(leaf, 1, { name: "a/b #1" });
      await ctx.execute(leaf, 2, { name: "a/b #1" });
    });
    const { engine, play } = await openVirtual({ workflows: [top, leaf] });
    const { executionId } = await play(top);
    const [, ...children] = flat(await engine.tree(executionId));
    expect(children.map(({ path }) => path)).toEqual(["top/a/b #1", "top/a/b #1#2"]);
    expect(children.every(({ id }) => SHAPE.test(id))).toBe(true);
  });
});

function flat({ execution, children }: TreeNode): ExecutionView[] {
  return [execution, ...children.flatMap(flat)];
}

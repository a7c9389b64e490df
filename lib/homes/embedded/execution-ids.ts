/** What an execution's id tells (D5). */

/** The root's id stands before the first `-` of every id in its tree. */
export function rootOf(id: string): string {
  const end = id.indexOf("-");
  return end < 0 ? id : id.slice(0, end);
}

/** `-` sorts before every other character of an id, and `.` right behind it. */
export function treeRange(rootId: string): [from: string, before: string] {
  return [rootId, `${rootId}.`];
}

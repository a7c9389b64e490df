/**
 * The files that engines of this process own. A file is known by its device and inode, so any path to it is the same
 * file. The list is kept on `globalThis`, because a reload of modules makes a second copy of this one.
 */
import fs from "node:fs";

const KEY = Symbol.for("treeline.owned-files");

interface Shared {
  [KEY]?: Set<string>;
}

export function isOwnedHere(file: string): boolean {
  const id = identityOf(file);
  return id !== undefined && owned().has(id);
}

/** Gives how to let go of it. */
export function ownHere(file: string): () => void {
  const id = identityOf(file);
  if (id === undefined) return () => {};
  owned().add(id);
  return () => void owned().delete(id);
}

function owned(): Set<string> {
  const shared = globalThis as Shared;
  return (shared[KEY] ??= new Set());
}

function identityOf(file: string): string | undefined {
  const stats = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}

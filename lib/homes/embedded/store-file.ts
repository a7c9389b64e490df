/** The name of a database, and what must be true of the file before it is opened. */
import fs from "node:fs";
import path from "node:path";
import { StoreError, TreelineError } from "../../kernel/errors.ts";
import { translate } from "./sqlite-errors.ts";

export const MEMORY = ":memory:";

/**
 * One absolute name per file, so that its lock is one, too. SQLite never sees another form: it takes an empty name for
 * a temporary database, and a name that begins with `file:` for a URI.
 * @throws TreelineError `invalid_argument`
 */
export function toStoreFile(name: string): string {
  if (name === "" || name.includes("\0")) {
    const what = name === "" ? "is empty" : "contains a zero byte";
    throw new TreelineError("invalid_argument", `the name of the database ${what}; name a file, or "${MEMORY}"`);
  }
  if (name === MEMORY) return MEMORY;
  const file = path.resolve(name);
  return fs.existsSync(file) ? fs.realpathSync.native(file) : file;
}

/** @throws StoreError `store_failed` where something else than a file has that name: opening a pipe would block */
export function checkRegularFile(file: string): void {
  const stats = statOf(file);
  if (stats === undefined || stats.isFile()) return;
  const what = stats.isDirectory() ? "a folder" : "not a regular file";
  throw new StoreError("store_failed", `${file} is ${what}. Name a database file.`);
}

/** Makes the folders above a file. @throws StoreError */
export function makeFolderOf(file: string): void {
  try {
    makeFolder(path.dirname(path.resolve(file)));
  } catch (error) {
    throw translate(error, "create the folder of", file);
  }
}

/** Not `recursive`: Node then repeats for ever where the system answers ENOENT to a folder that exists (`/proc`). */
function makeFolder(folder: string): void {
  const stats = fs.statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return;
  if (stats !== undefined) throw new StoreError("store_failed", `${folder} is not a folder. Name another database.`);
  makeFolder(path.dirname(folder));
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error; // another process made it meanwhile
  }
}

function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw translate(error, "open", file);
  }
}

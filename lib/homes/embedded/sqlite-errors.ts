/** SQLite's failures as errors of ours: what happened to which file, and what to do next. */
import fs from "node:fs";
import path from "node:path";
import { StoreError, type ErrorCode } from "../../kernel/errors.ts";

/** Primary result codes: https://sqlite.org/rescode.html */
const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** SQLite's primary result code, if `error` comes from SQLite. */
function resultCode(error: unknown): number | undefined {
  const errcode = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof errcode === "number" ? errcode & 0xff : undefined;
}

export function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY;
}

export function isNotADatabase(error: unknown): boolean {
  return resultCode(error) === NOTADB;
}

/** SQLite may not write beside a file: the file system is read-only, or the folder is. */
export function isWriteRefused(error: unknown): boolean {
  const code = resultCode(error);
  return code === CANTOPEN || code === READONLY;
}

/** `attempt` says what was tried, as in "commit to". Errors that are ours already pass unchanged. */
export function translate(error: unknown, attempt: string, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const { code, why } = explain(resultCode(error), error instanceof Error ? error.message : String(error), file);
  return new StoreError(code, `Cannot ${attempt} ${file}: ${why}`, { cause: error });
}

function explain(result: number | undefined, message: string, file: string): { code: ErrorCode; why: string } {
  switch (result) {
    case FULL:
      return { code: "store_full", why: "the disk is full. Nothing was changed; free some space and try again." };
    case READONLY:
      return { code: "store_read_only", why: "it is read-only. Make the file and its folder writable." };
    case CANTOPEN:
      return isReadOnlyFolder(path.dirname(file))
        ? { code: "store_read_only", why: "its folder is read-only. Make it writable." }
        : { code: "store_failed", why: `${message}. Check that the path exists.` };
    case BUSY:
      return { code: "store_failed", why: `another program holds it (${message}). Nothing was changed; try again.` };
    case IOERR:
      return {
        code: "store_failed",
        why: `the disk reports an error (${message}). Nothing was changed; check the disk.`,
      };
    default:
      return { code: "store_failed", why: `${message}.` };
  }
}

function isReadOnlyFolder(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return false;
  } catch {
    return fs.existsSync(folder);
  }
}

/** What stands in the file cannot be what we wrote. */
export function damaged(file: string, what: string, cause?: unknown): StoreError {
  return new StoreError("store_failed", `${file} is damaged: ${what}. Restore it from a backup.`, { cause });
}

export function damagedPage(file: string, pos: number, cause: unknown): StoreError {
  return damaged(file, `page ${pos} of the journal cannot be read`, cause);
}

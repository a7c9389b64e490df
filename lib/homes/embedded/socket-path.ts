/** Where the owner of a file listens: a private place beside the file, or in the temporary folder (D21). */
import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { StoreError } from "../../kernel/errors.ts";

/** An address of a Unix socket has 104 bytes on macOS, 108 on Linux, its final zero included. */
const LONGEST_ADDRESS = 100;

/** In the order in which owner and clients try them. The file must exist. */
export function socketPaths(file: string): string[] {
  const real = realpathSync.native(file); // in the spelling of the disk, whatever case the caller writes
  if (process.platform === "win32") return [String.raw`\\.\pipe\treeline-${hashOf(real.toLowerCase())}`];
  const beside = path.join(`${real}-socket`, "s");
  const temporary = [os.tmpdir(), "/tmp"].map((folder) => path.join(folder, `treeline-${ownUid()}`, hashOf(real)));
  return [...new Set([beside, ...temporary])].filter((address) => Buffer.byteLength(address) <= LONGEST_ADDRESS);
}

/** Makes the socket's folder; nobody else may enter it. @throws StoreError when it is somebody else's */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stats = lstatSync(folder);
  if (!stats.isDirectory() || stats.uid !== ownUid()) {
    throw new StoreError(
      "store_failed",
      `${folder} is not a folder of yours; remove it, or set TMPDIR to a folder that is`,
    );
  }
  if ((stats.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/** Not from the list of users, which need not know us in a container. */
function ownUid(): number {
  return process.getuid?.() ?? -1;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** How a command reaches the executions of a file: through the engine that owns it, or beside it; or those elsewhere. */
import { existsSync } from "node:fs";
import { connectClient, type SocketClient } from "../homes/embedded/socket-client.ts";
import { toStoreFile } from "../homes/embedded/store-file.ts";
import { openReader } from "../homes/embedded/store.ts";
import { isError } from "../kernel/causes.ts";
import { StoreError } from "../kernel/errors.ts";
import { OutsideClient, type Visitor } from "./outside-client.ts";
import { remoteClient, type RemoteAccess } from "./place.ts";

export const NO_ENGINE = "no engine runs this database; `treeline resume` goes on with it";

export interface Access {
  readonly client: Visitor;
  /** The engine that owns the file, if there is one. */
  readonly owner: SocketClient | undefined;
  /** Does an engine take in what is sent, now? */
  readonly runs: boolean;
  close(): void;
}

/**
 * @throws StoreError when there is no such file, or it cannot be read
 * @throws TreelineError `invalid_argument` for an empty name
 */
export async function openAccess(options: RemoteAccess, now: () => number): Promise<Access> {
  const { file, remote } = options;
  if (remote !== undefined) {
    return { client: remoteClient(remote, options), owner: undefined, runs: true, close: () => {} };
  }
  if (!existsSync(toStoreFile(file))) {
    throw new StoreError(
      "store_not_found",
      `there is no database ${file}; \`treeline run\` makes one, --file names another`,
    );
  }
  const owner = await connectOwner(file);
  if (owner !== undefined && !(owner instanceof StoreError)) {
    return { client: owner, owner, runs: true, close: () => owner.close() };
  }
  const reader = openReader({ file });
  return { client: new OutsideClient(reader, now, owner), owner: undefined, runs: false, close: () => reader.close() };
}

/** An owner that belongs to another user talks to that user only; whoever may read the file can read it all the same. */
async function connectOwner(file: string): Promise<SocketClient | StoreError | undefined> {
  try {
    return await connectClient(file);
  } catch (error) {
    if (error instanceof StoreError && isRefused(error.cause)) return error;
    throw error;
  }
}

function isRefused(cause: unknown): boolean {
  return isError(cause) && "code" in cause && (cause.code === "EACCES" || cause.code === "EPERM");
}

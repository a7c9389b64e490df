/** How a command reaches the executions of a file: through the engine that owns it, or beside it. */
import { existsSync } from "node:fs";
import { connectClient, type SocketClient } from "../homes/embedded/socket-client.ts";
import { openReader } from "../homes/embedded/store.ts";
import { StoreError } from "../kernel/errors.ts";
import { OutsideClient, type Visitor } from "./outside-client.ts";

export interface Access {
  readonly client: Visitor;
  /** The engine that owns the file, if there is one. */
  readonly owner: SocketClient | undefined;
  close(): void;
}

/** @throws StoreError when there is no such file, or it cannot be read */
export async function openAccess(file: string, now: () => number): Promise<Access> {
  if (!existsSync(file)) {
    throw new StoreError(
      "store_failed",
      `there is no database ${file}; \`treeline run\` makes one, --file names another`,
    );
  }
  const owner = await connectClient(file);
  if (owner !== undefined) return { client: owner, owner, close: () => owner.close() };
  const reader = openReader({ file });
  return { client: new OutsideClient(reader, now), owner: undefined, close: () => reader.close() };
}

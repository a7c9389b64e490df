/**
 * SQLite, which is a part of Node. It is loaded when a file is opened, not when this library is imported: definitions,
 * the remote client and the AWS backend also run where there is none.
 */
import type * as Sqlite from "node:sqlite";
import { requireNode, unsupportedNode } from "../node-version.ts";

/** @throws TreelineError `node_unsupported` */
export function loadSqlite(): typeof Sqlite {
  requireNode("an engine");
  const sqlite: typeof Sqlite | undefined = process.getBuiltinModule("node:sqlite");
  if (sqlite !== undefined) return sqlite;
  throw unsupportedNode(
    "an engine needs node:sqlite, which this Node was started without: start it without --no-experimental-sqlite",
  );
}

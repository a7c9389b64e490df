/** Documents: upserted by id, in the order in which they first appeared. */
import type { Entry, Millis, Payload } from "../kernel/journal.ts";
import { decode } from "../kernel/payload.ts";
import type { DocumentView } from "../ports/client.ts";
import { timeAfter } from "./journal-time.ts";

interface Stored {
  readonly v: Payload | undefined;
  readonly updatedAt: Millis;
}

export function projectDocuments(entries: readonly Entry[]): DocumentView[] {
  const documents = new Map<string, Stored>();
  let now = 0;
  for (const entry of entries) {
    now = timeAfter(now, entry);
    for (const { id, v } of documentsOf(entry)) documents.set(id, { v, updatedAt: now });
  }
  return [...documents].map(([id, { v, updatedAt }]) => ({ id, value: decode(v), updatedAt }));
}

function documentsOf(entry: Entry): { id: string; v: Payload | undefined }[] {
  if (entry.t === "mark" && entry.kind === "DOCUMENT") return [{ id: entry.n, v: entry.v }];
  if (entry.t !== "ok") return [];
  return (entry.fx ?? []).filter((effect) => effect.t === "document");
}

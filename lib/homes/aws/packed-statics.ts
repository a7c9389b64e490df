/** Statics as heads hold them: without what the head's own keys tell. Every write of a head pays for its size. */
import type { ExecutionStatics } from "../../engine/statics.ts";
import { rootOf } from "./keys.ts";
import type { Item } from "./table.ts";

type Told = "id" | "publicId" | "namespace" | "workflow" | "createdAt" | "rootId" | "parentId";
type Packed = Omit<ExecutionStatics, Told> & Partial<Pick<ExecutionStatics, "publicId" | "parentId">>;

export function packStatics(statics: ExecutionStatics): string {
  const { id, publicId, namespace: _, workflow: _w, createdAt: _c, rootId, parentId, ...rest } = statics;
  const packed: Packed = {
    ...rest,
    ...(publicId === id ? undefined : { publicId }),
    ...(parentId === undefined || parentId === rootId ? undefined : { parentId }),
  };
  return JSON.stringify(packed);
}

export function unpackStatics({ id: ownId, gpk, gsk, s }: Item): ExecutionStatics {
  const id = String(ownId);
  const rootId = rootOf(id);
  const partition = String(gpk);
  // A namespace has no `#`; a workflow may.
  const hash = partition.indexOf("#");
  return {
    id,
    publicId: id,
    namespace: partition.slice(0, hash),
    workflow: partition.slice(hash + 1, partition.lastIndexOf("#")),
    createdAt: Number.parseInt(String(gsk), 10),
    rootId,
    ...(id === rootId ? undefined : { parentId: rootId }),
    ...(JSON.parse(String(s)) as Packed),
  };
}

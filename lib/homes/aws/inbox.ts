/**
 * The inbox of an execution: what outsiders left and its journal does not hold yet. Whoever runs it moves items into
 * the journal (K2), and deletes them when they are durable there.
 */
import type { Delivery } from "../../kernel/journal.ts";
import { fromItems, toItems } from "./journal-text.ts";
import { INBOX_PREFIX, inboxKey, ownPartition, padded } from "./keys.ts";
import type { Item, Key, Table } from "./table.ts";

export interface InboxDelivery {
  readonly keys: readonly Key[];
  /** Of the execution when it was sent: an answer to an operation is for that generation alone. */
  readonly generation: number;
  readonly entry: Delivery;
}

/**
 * The first item is the one whose key tells the sender.
 * @param order sorts the items of one sender as it sent them, and all of them by time
 */
export function inboxItem(
  id: string,
  sender: string,
  generation: number,
  entry: Delivery,
  order: string,
  chunkBytes: number,
): [Item, ...Item[]] {
  const key = (chunk: number): Key => {
    const { pk, sk } = inboxKey(id, sender);
    // The same item sent twice at once: the first keeps its own chunks.
    return { pk, sk: chunk === 0 ? sk : `${sk}\n${order}\n${padded(chunk)}` };
  };
  return toItems(JSON.stringify(entry), key, { g: generation, o: order }, chunkBytes) as [Item, ...Item[]];
}

/** In the order in which they came. */
export async function loadInbox(table: Table, id: string): Promise<readonly InboxDelivery[]> {
  const items = await table.query({ pk: ownPartition(id), prefix: INBOX_PREFIX, strong: true });
  const groups = Map.groupBy(items, ({ sk }) => sk.split("\n", 1)[0]);
  const deliveries = [...groups.values()].flatMap((chunks) => {
    const [first] = chunks;
    // What belongs to it is there before the first item is; without that, it was never sent, or was taken long ago.
    if (first?.sk.includes("\n") !== false) return [];
    const text = fromItems(chunks.filter(({ o }) => o === first["o"]));
    if (text === undefined) return [];
    const delivery = { keys: chunks, generation: Number(first["g"]), entry: JSON.parse(text) as Delivery };
    return [{ delivery, order: String(first["o"]) }];
  });
  return deliveries.toSorted((a, b) => (a.order < b.order ? -1 : 1)).map(({ delivery }) => delivery);
}

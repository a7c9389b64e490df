/**
 * Which workflows have executions, in which namespaces: what is listed, swept and pruned without a filter. Written once
 * per process and workflow, so it costs nothing to speak of.
 */
import type { Millis } from "../../kernel/journal.ts";
import type { Table } from "./table.ts";

const PARTITION = "r#";

export interface Registered {
  readonly namespace: string;
  readonly workflow: string;
  /** How long its ended executions are kept; undefined where it says nothing. */
  readonly retentionMs: Millis | undefined;
}

export class Registry {
  readonly #noted = new Set<string>();

  async note(table: Table, { namespace, workflow, retentionMs }: Registered): Promise<void> {
    const sk = keyOf(namespace, workflow);
    const known = `${sk} ${retentionMs}`;
    if (this.#noted.has(known)) return;
    await table.put({ pk: PARTITION, sk, ...(retentionMs === undefined ? undefined : { ret: retentionMs }) });
    this.#noted.add(known);
  }
}

/** @param namespace of one alone. @default all */
export async function registered(table: Table, namespace?: string): Promise<readonly Registered[]> {
  const range = namespace === undefined ? undefined : { prefix: `${namespace}#` };
  const items = await table.query({ pk: PARTITION, ...range, strong: true });
  return items.map(({ sk, ret }) => {
    const hash = sk.indexOf("#");
    return {
      namespace: sk.slice(0, hash),
      workflow: sk.slice(hash + 1),
      retentionMs: ret === undefined ? undefined : Number(ret),
    };
  });
}

/** A namespace has no `#`; a workflow may. */
function keyOf(namespace: string, workflow: string): string {
  return `${namespace}#${workflow}`;
}

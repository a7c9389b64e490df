/** Journals to check code against: of a database or an engine elsewhere, or in files. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { type RecordedJournal, recordedJournal } from "../homes/replay-journal.ts";
import { TreelineError } from "../kernel/errors.ts";
import { parseJson } from "./json-input.ts";
import type { Client, ExecutionView } from "../ports/client.ts";

type Reading = Pick<Client, "get" | "list" | "journal">;

export interface Wanted {
  /** None: all of the named workflows. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly open: boolean;
  readonly namespace: string;
}

export async function* recordedOf(client: Reading, wanted: Wanted): AsyncIterable<RecordedJournal> {
  for await (const view of views(client, wanted)) {
    if (wanted.open && view.endedAt !== undefined) continue;
    yield recordedJournal(view, await client.journal(view.id, view.namespace));
  }
}

async function* views(client: Reading, { ids, names, namespace }: Wanted): AsyncIterable<ExecutionView> {
  if (ids.length > 0) {
    for (const id of ids) yield await client.get(id, namespace);
    return;
  }
  for (const workflow of names) {
    let cursor: string | undefined;
    do {
      const page = await client.list({ workflow, namespace, ...(cursor === undefined ? undefined : { cursor }) });
      yield* page.executions;
      ({ cursor } = page);
    } while (cursor !== undefined);
  }
}

const text = z.string();
const JournalFile = z.object({
  format: z.literal(1),
  execution: z.looseObject({ id: text, publicId: text, namespace: text, workflow: text, version: text, path: text }),
  entries: z.array(z.looseObject({ t: text })),
});

/** @param ids of the executions that are wanted; none: all. @throws TreelineError when a file holds no journal */
export async function* recordedIn(folder: string, cwd: string, ids: readonly string[]): AsyncIterable<RecordedJournal> {
  const at = path.resolve(cwd, folder);
  for (const name of namesIn(at)) {
    const journal = readJournal(path.join(at, name));
    const { id, publicId } = journal.execution;
    if (ids.length === 0 || ids.includes(id) || ids.includes(publicId)) yield journal;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .toSorted();
  } catch (cause) {
    throw new TreelineError("invalid_argument", `${folder} cannot be read as a folder of journals`, { cause });
  }
}

function readJournal(file: string): RecordedJournal {
  try {
    const value: unknown = parseJson(readFileSync(file, "utf8"), file);
    JournalFile.parse(value);
    return value as RecordedJournal;
  } catch (cause) {
    throw new TreelineError(
      "invalid_argument",
      `${file} is not a journal; \`treeline show ID --journal > ${path.basename(file)}\` writes one`,
      { cause },
    );
  }
}

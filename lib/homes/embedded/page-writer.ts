/** Turns a commit group into pages: mostly into one, a long one into several. */
import type { Millis } from "../../kernel/journal.ts";
import { type PageContext, toStored } from "./page-entries.ts";
import { encodeRest } from "./page-rests.ts";
import { encodeStatics } from "./page-statics.ts";
import { type Body, type Facts, type Head, type HeadFacts, type StoredPage, toPage } from "./page.ts";
import type { CommitGroup, LogRecord } from "./records.ts";

/** A group with longer entries than this in all is spread over several pages, so that a reader of one execution reads little else. */
const PAGE_CHARS = 64 << 10;
/** Records encoded at once: one by one takes a quarter longer. */
const SLICE = 32;

export interface EncodedPage extends Facts {
  /** All executions that it mentions. */
  readonly ids: readonly string[];
  readonly page: StoredPage;
}

/**
 * The pages of a group, to be stored at `first` and the positions behind it.
 * @param lastOf position of the newest page that mentions an execution, unless this group creates it
 */
export function encodePages(
  group: CommitGroup,
  first: number,
  lastOf: (id: string) => number,
  keyId: string | undefined,
): EncodedPage[] {
  const chains = new Map<string, number>();
  for (const { statics } of group.created) chains.set(statics.id, 0);
  const base = timeOf(group);
  const pages = [new PageWriter(first, base, chains, lastOf)];
  const write = (records: readonly LogRecord[]): void => {
    const page = pages.at(-1) as PageWriter;
    if (page.append(records)) return;
    if (!page.isEmpty) {
      pages.push(new PageWriter(page.pos + 1, base, chains, lastOf));
      return write(records);
    }
    const middle = records.length >> 1;
    write(records.slice(0, middle));
    write(records.slice(middle));
  };
  for (let at = 0; at < group.records.length; at += SLICE) write(group.records.slice(at, at + SLICE));
  share(group, pages);
  return pages.map((page) => page.finish(keyId));
}

function timeOf({ records }: CommitGroup): Millis {
  for (const { entry } of records) if ("at" in entry) return entry.at;
  return 0;
}

/** What became of an execution stands where its entries are: its creation by the first of them, the rest by the last. */
function share(group: CommitGroup, pages: readonly PageWriter[]): void {
  const begin = pages[0] as PageWriter;
  const end = pages.at(-1) as PageWriter;
  if (begin === end) {
    begin.facts = group;
    return;
  }
  const firstOf = new Map<string, PageWriter>();
  const lastOf = new Map<string, PageWriter>();
  for (const page of pages) {
    for (const id of page.ids) {
      if (!firstOf.has(id)) firstOf.set(id, page);
      lastOf.set(id, page);
    }
  }
  const onLast = ({ id }: { readonly id: string }): PageWriter => lastOf.get(id) ?? end;
  const created = Map.groupBy(group.created, ({ statics }) => firstOf.get(statics.id) ?? begin);
  const rested = Map.groupBy(group.rested, onLast);
  const ended = Map.groupBy(group.ended, onLast);
  const generations = Map.groupBy(group.generations, onLast);
  for (const page of pages) {
    page.facts = {
      created: created.get(page) ?? [],
      rested: rested.get(page) ?? [],
      ended: ended.get(page) ?? [],
      generations: generations.get(page) ?? [],
      woken: page === end ? group.woken : [],
    };
  }
}

class PageWriter implements PageContext {
  readonly pos: number;
  readonly ids: string[] = [];
  facts: Facts = { created: [], rested: [], ended: [], generations: [], woken: [] };
  readonly base: Millis;
  /** Where each execution's chain ends so far. */
  readonly #chains: Map<string, number>;
  readonly #lastOf: (id: string) => number;
  readonly #previous: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  #chars = 0;

  constructor(pos: number, base: Millis, chains: Map<string, number>, lastOf: (id: string) => number) {
    this.pos = pos;
    this.base = base;
    this.#chains = chains;
    this.#lastOf = lastOf;
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  /** False when there is no room for all of them. A single one has room in an empty page, however long it is. */
  append(records: readonly LogRecord[]): boolean {
    const body: Body = [];
    for (const { executionId, generation, entry } of records) {
      body.push(this.#numberOf(executionId), generation, toStored(entry, this));
    }
    const text = JSON.stringify(body).slice(1, -1);
    if (this.#chars + text.length > PAGE_CHARS && (records.length > 1 || !this.isEmpty)) return false;
    this.#texts.push(text);
    this.#chars += text.length;
    return true;
  }

  finish(keyId: string | undefined): EncodedPage {
    const { ids } = this;
    const { created, rested, ended, generations, woken } = this.facts;
    const facts: Facts = { created, rested, ended, generations, woken };
    const head: Head = [this.base, ids, this.#previous];
    const isPlain = created.length + rested.length + ended.length + generations.length + woken.length === 0;
    if (!isPlain || keyId !== undefined) head.push(this.#encode(facts));
    if (keyId !== undefined) head.push(keyId);
    return { ids, ...facts, page: toPage(JSON.stringify(head), this.#texts) };
  }

  #encode({ created, rested, ended, generations, woken }: Facts): HeadFacts {
    for (const { statics } of created) this.#numberOf(statics.id);
    const facts: HeadFacts = [
      created.map(({ statics, claimsName }) => {
        return [this.#numberOf(statics.id), claimsName ? 1 : 0, encodeStatics(statics, this.base, this.#numbers)];
      }),
      rested.map((record) => encodeRest(record, this.#numberOf(record.id), this.base)),
      ended.map(({ id, status, at }) => [this.#numberOf(id), status, at - this.base]),
    ];
    if (generations.length + woken.length === 0) return facts;
    facts.push(generations.map(({ id, generation, attempt }) => [this.#numberOf(id), generation, attempt]));
    if (woken.length > 0) facts.push(woken);
    return facts;
  }

  /** One that this group creates stands on this page or on a later one: it is mentioned here by a number as well. */
  numberIn(id: string): number | undefined {
    return this.#numbers.get(id) ?? (this.#chains.get(id) === 0 ? this.#numberOf(id) : undefined);
  }

  #numberOf(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const number = this.ids.push(id) - 1;
    this.#previous.push(this.#chains.get(id) ?? this.#lastOf(id));
    this.#chains.set(id, this.pos);
    this.#numbers.set(id, number);
    return number;
  }
}

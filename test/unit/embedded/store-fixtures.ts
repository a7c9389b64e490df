/** What the tests of the store share: places for files, and stores that are closed in the end. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import {
  openReader,
  openStore,
  type ReaderOptions,
  type Store,
  type StoreOptions,
  type StoreReader,
} from "../../../lib/homes/embedded/store.ts";
import { SqliteStore } from "../../../lib/homes/embedded/store-writer.ts";
import { group, ok, record } from "./store-groups.ts";

export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "treeline-store-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function temporaryFile(): string {
  return path.join(temporaryFolder(), "store.db");
}

/** Closed at the end of the test, unless that happened before. */
export function opened(options: Partial<StoreOptions> & { readonly file: string }): SqliteStore {
  const store = openStore({ durability: "process", ...options });
  if (!(store instanceof SqliteStore)) throw new Error("a store of another kind");
  onTestFinished(() => store.close());
  return store;
}

export function openedReader(options: ReaderOptions): StoreReader {
  const reader = openReader(options);
  onTestFinished(() => reader.close());
  return reader;
}

/** Keys of an execution's recorded results, in order. */
export async function keysOf(store: StoreReader, id: string): Promise<string[]> {
  const journal = await store.journal(id);
  return journal.flatMap(({ entry }) => (entry.t === "ok" ? [entry.k] : []));
}

/** So many commits that the tables of heads are brought up to date at least once. */
export function manyCommits(store: Store, id: string, count = 1_100): void {
  for (let i = 0; i < count; i++) store.commit(group({ records: [record(id, ok(`many${i}`))] }));
}

/** The file as it would be found after a crash at this moment. */
export function copyOfCrashed(store: Store): string {
  const file = temporaryFile();
  for (const suffix of ["", "-wal"]) fs.copyFileSync(store.file + suffix, file + suffix);
  return file;
}

export async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

export const COMMIT_FOREVER = new URL("./commit-forever.ts", import.meta.url);
export const HOLD_LOCK = new URL("./hold-lock.ts", import.meta.url);

/** A process of its own that runs `script`, with what it has written so far. Killed at the end of the test. */
export class Child {
  readonly #process: ChildProcess;
  #output = "";

  constructor(script: URL, ...args: readonly string[]) {
    this.#process = spawn(process.execPath, [fileURLToPath(script), ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
    onTestFinished(() => this.kill());
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Lines so far; a last one that was cut off does not count. */
  get lines(): readonly string[] {
    return this.#output.split("\n").slice(0, -1);
  }

  async hasWritten(lines: number): Promise<void> {
    for (;;) {
      if (this.lines.length >= lines) return;
      if (this.#process.exitCode !== null) throw new Error(`ended with ${this.#process.exitCode}`);
      await once(this.#process.stdout ?? this.#process, "data");
    }
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const closed = once(this.#process, "close");
    this.#process.kill("SIGKILL");
    await closed;
  }
}

/** The yardstick: rows committed one by one through the same SQLite, on the same disk, with the same durability. */
import path from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Durability } from "./works.ts";

const SYNCHRONOUS: Record<Durability, string> = { process: "NORMAL", power: "FULL" };
const ROW = "x".repeat(100);
/** Long enough for a steady rate, short enough to stand beside every measurement. */
const SAMPLE_MS = 60;

export class RawCommits {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  /** Commits between two looks at the clock. */
  readonly #batch: number;

  constructor(folder: string, durability: Durability) {
    this.#db = new DatabaseSync(path.join(folder, `raw-${durability}.db`));
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${SYNCHRONOUS[durability]};
      CREATE TABLE rows(id INTEGER PRIMARY KEY, text TEXT)`);
    this.#insert = this.#db.prepare("INSERT INTO rows(text) VALUES (?)");
    this.#batch = durability === "power" ? 10 : 200;
  }

  /** Commits per second, as of now. */
  rate(): number {
    const begin = performance.now();
    let commits = 0;
    let passed = 0;
    while (passed < SAMPLE_MS) {
      for (let i = 0; i < this.#batch; i += 1) this.#insert.run(ROW);
      commits += this.#batch;
      passed = performance.now() - begin;
    }
    return (commits / passed) * 1_000;
  }

  close(): void {
    this.#db.close();
  }
}

/** Holds the ledger, in which every run of a step's body left a line, against what the journals say. */
import fs from "node:fs";
import type { RecordCursor, StoreReader } from "../../lib/homes/embedded/store.ts";
import type { Entry } from "../../lib/kernel/journal.ts";
import { decode } from "../../lib/kernel/payload.ts";
import { type LedgerLine, linesIn } from "./kill-line.ts";

interface Line extends LedgerLine {
  readonly life: number;
}

/** What the journals recorded of one step. */
interface Recorded {
  ok: string[];
  /** Attempts that ended without ending it, by why. */
  failed: number[];
  interrupted: number;
  /** The life whose journal had its result first. */
  life: number;
}

export class Ledger {
  readonly #file: string;
  readonly #reader: StoreReader;
  readonly #steps = new Map<string, Recorded>();
  #cursor: RecordCursor | undefined;

  constructor(file: string, reader: StoreReader) {
    this.#file = file;
    this.#reader = reader;
  }

  get steps(): number {
    return this.#steps.size;
  }

  /** Steps whose results earlier lives recorded. */
  recordedBefore(life: number): number {
    return [...this.#steps.values()].filter((step) => step.ok.length > 0 && step.life < life).length;
  }

  /** Takes in what `life` has recorded. */
  async note(life: number): Promise<void> {
    const pages = this.#reader.pages(this.#cursor === undefined ? {} : { after: this.#cursor });
    for await (const page of pages) {
      for (const { executionId, generation, entry, cursor } of page) {
        this.#cursor = cursor;
        if ("k" in entry && entry.k.includes("/STEP:"))
          this.#step(`${executionId}:${generation}:${entry.k}`, entry, life);
      }
    }
  }

  /** Everything has ended: one line of text per way in which ledger and journals do not fit. */
  problems(): string[] {
    const found: string[] = [];
    const byKey = Map.groupBy(this.lines(), ({ key }) => key);
    for (const [key, step] of this.#steps)
      found.push(...judge(step, byKey.get(key) ?? []).map((problem) => `${key}: ${problem}`));
    for (const [key, lines] of byKey) {
      if (this.#steps.has(key)) continue;
      const others = [...this.#steps.keys()].filter((other) => other.split(":")[0] === key.split(":")[0]);
      const runs = lines.map(({ run }) => run).join(", ");
      found.push(`${key}: ran (${runs}), and no journal knows of it, but of: ${others.join(", ") || "nothing"}`);
    }
    return found;
  }

  lines(): Line[] {
    const text = fs.existsSync(this.#file) ? fs.readFileSync(this.#file, "utf8") : "";
    return linesIn(text).map((line) => ({ ...line, life: Number.parseInt(line.run, 10) }));
  }

  #step(key: string, entry: Entry, life: number): void {
    let step = this.#steps.get(key);
    if (step === undefined) this.#steps.set(key, (step = { ok: [], failed: [], interrupted: 0, life }));
    if (entry.t === "ok") step.ok.push(decode(entry.v) as string);
    if (entry.t === "ok") step.life = life;
    if (entry.t === "try" && entry.why === "failed") step.failed.push(entry.a);
    if (entry.t === "try" && entry.why === "interrupted") step.interrupted += 1;
  }
}

function judge({ ok, failed, interrupted, life }: Recorded, lines: readonly Line[]): string[] {
  const found: string[] = [];
  if (ok.length !== 1) found.push(`${ok.length} results are recorded`);
  for (const run of ok) {
    const times = lines.filter((line) => line.run === run).length;
    if (times !== 1) found.push(`the run that is recorded stands ${times} times in the ledger`);
  }
  for (const attempt of failed) {
    if (!lines.some((line) => line.attempt === attempt))
      found.push(`attempt ${attempt} is recorded and not in the ledger`);
  }
  if (lines.length > 1 + failed.length + interrupted) {
    found.push(`ran ${lines.length} times; recorded are ${failed.length} failures and ${interrupted} interruptions`);
  }
  if (lines.some((line) => line.life > life)) found.push("ran again in a life that found its result recorded");
  return found;
}

/**
 * Finds out whose replay ends the process.
 *
 * A replay that ends the process (`process.exit`, no memory left) ends it again after every restart, and takes all
 * other executions along. So a file beside the database is there while an engine has it open. An engine that finds it
 * knows that the one before died; then it replays one execution at a time, and notes which one before each. Whoever is
 * noted when the process dies is counted; a replay that comes to its end is forgiven.
 */
import fs from "node:fs";

/** A replay does the same each time, so a few deaths in a row tell enough, however many interruptions a step may have. */
const MOST_DEATHS = 10;

interface Notes {
  /** The replay that runs. */
  replaying?: { readonly id: string; readonly digest: string };
  /** How often the process died in the replay of an execution by this code. */
  readonly deaths: Record<string, { readonly digest: string; readonly times: number }>;
}

export class ReplayNotes {
  readonly #file: string | undefined;
  readonly #budget: number;
  readonly #notes: Notes;
  /** The process before died with the database open. */
  readonly isCareful: boolean;
  #turn: Promise<void> = Promise.resolve();

  /** @param database undefined where nothing survives the process anyway */
  constructor(database: string | undefined, interruptions: number) {
    this.#file = database === undefined ? undefined : `${database}-replay`;
    this.#budget = Math.min(interruptions, MOST_DEATHS);
    const found = this.#file === undefined ? undefined : readNotes(this.#file);
    this.isCareful = found !== undefined;
    this.#notes = { deaths: found === undefined ? {} : counted(found) };
    this.#write();
  }

  /** Runs one after the other. */
  inTurn(replay: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(replay, replay);
    return this.#turn;
  }

  /** Undefined while it may be replayed; otherwise how often its replay by this code ended the process. */
  spent(id: string, digest: string): number | undefined {
    const known = this.#notes.deaths[id];
    return known?.digest === digest && known.times >= this.#budget ? known.times : undefined;
  }

  begins(id: string, digest: string): void {
    this.#notes.replaying = { id, digest };
    this.#write();
  }

  /** Its replay came to its end. */
  survived(id: string): void {
    if (this.#notes.replaying?.id !== id) return;
    delete this.#notes.replaying;
    delete this.#notes.deaths[id];
    this.#write();
  }

  close(): void {
    if (this.#file === undefined) return;
    if (Object.keys(this.#notes.deaths).length === 0) fs.rmSync(this.#file, { force: true });
  }

  #write(): void {
    if (this.#file !== undefined) fs.writeFileSync(this.#file, JSON.stringify(this.#notes), { mode: 0o600 });
  }
}

/** A note that cannot be read was being written when the process died. */
function readNotes(file: string): Notes | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as Notes;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : { deaths: {} };
  }
}

function counted({ replaying, deaths }: Notes): Notes["deaths"] {
  if (replaying === undefined) return deaths;
  const { id, digest } = replaying;
  const before = deaths[id]?.digest === digest ? deaths[id].times : 0;
  return { ...deaths, [id]: { digest, times: before + 1 } };
}

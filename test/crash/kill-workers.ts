/** The processes of the kill test. The next ones load their code while one works, so that a restart costs little. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { FromWorker, ToWorker, TreeResult, Turn } from "./kill-worker.ts";

const SCRIPT = path.join(import.meta.dirname, "kill-worker.ts");
/** One works while two load: what two cores can do. */
const AHEAD = 2;

export class Workers {
  readonly #cache: string;
  readonly #ahead: Worker[] = [];
  #working: Worker | undefined;

  /** @param cache a folder for compiled code */
  constructor(cache: string) {
    this.#cache = cache;
  }

  next(): Worker {
    while (this.#ahead.length < AHEAD + 1) this.#ahead.push(new Worker(this.#cache));
    this.#working = this.#ahead.shift() as Worker;
    return this.#working;
  }

  async close(): Promise<void> {
    const all = [...this.#ahead.splice(0), ...(this.#working === undefined ? [] : [this.#working])];
    await Promise.all(all.map((worker) => worker.kill()));
  }
}

export class Worker {
  readonly started: string[] = [];
  readonly problems: string[] = [];
  readonly loaded: Promise<void>;
  /** The engine is open, all that was open is loaded. */
  readonly open: Promise<void>;
  readonly results: Promise<Readonly<Record<string, TreeResult>>>;
  readonly #process: ChildProcess;

  constructor(cache: string) {
    this.#process = fork(SCRIPT, {
      execArgv: ["--conditions=treeline-source"],
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const loaded = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    const results = Promise.withResolvers<Readonly<Record<string, TreeResult>>>();
    this.#process.on("message", (message: FromWorker) => {
      if (message === "loaded") loaded.resolve();
      else if (message === "open") open.resolve();
      else if ("started" in message) this.started.push(message.started);
      else if ("results" in message) results.resolve(message.results);
      else this.problems.push(message.problem);
    });
    this.loaded = loaded.promise;
    this.open = open.promise;
    this.results = results.promise;
  }

  begin(turn: Turn): void {
    this.#send({ turn });
  }

  finish(ids: readonly string[]): void {
    this.#send({ finish: ids });
  }

  /** kill -9; resolves when the process is gone. */
  async kill(): Promise<void> {
    const gone = this.gone();
    this.#process.kill("SIGKILL");
    await gone;
  }

  async gone(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, "exit");
  }

  #send(message: ToWorker): void {
    this.#process.send(message);
  }
}

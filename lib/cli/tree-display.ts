/** Shows a tree of executions while it runs: redrawn in place on a terminal, line by line elsewhere. */
import type { WriteStream } from "node:tty";
import { createLogUpdate } from "log-update";
import type { ExecutionEvent } from "../ports/client.ts";
import { renderTree } from "./live-tree.ts";
import { plainLine } from "./plain-lines.ts";
import { TreeModel } from "./tree-model.ts";
import { captureUserOutput } from "./user-output.ts";

export interface TreeDisplay {
  readonly model: TreeModel;
  show(event: ExecutionEvent): void;
  /** A line that has nothing to do with the tree. */
  print(text: string): void;
  /** A line below the tree, for as long as it is shown. */
  say(text: string): void;
  /** Leaves the last state on the screen. */
  close(): void;
}

export interface DisplayTarget {
  readonly stream: NodeJS.WritableStream & Partial<Pick<WriteStream, "columns" | "rows" | "isTTY">>;
  /** Redraw in place? Else a line per event. */
  readonly live: boolean;
  readonly colors: boolean;
}

const FRAME_MS = 80;
const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** What stays on the screen at the end may be scrolled, but not without end. */
const LAST_FRAME_ROWS = 200;

export function createDisplay(target: DisplayTarget): TreeDisplay {
  return target.live ? new LiveDisplay(target) : new PlainDisplay(target);
}

class PlainDisplay implements TreeDisplay {
  readonly model = new TreeModel();
  readonly #stream: NodeJS.WritableStream;

  constructor({ stream }: DisplayTarget) {
    this.#stream = stream;
  }

  show(event: ExecutionEvent): void {
    this.model.apply(event);
    const line = plainLine(this.model, event);
    if (line !== undefined) this.#stream.write(`${line}\n`);
  }

  print(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  say(text: string): void {
    this.print(text);
  }

  close(): void {}
}

class LiveDisplay implements TreeDisplay {
  readonly model = new TreeModel();
  readonly #target: DisplayTarget;
  readonly #update: ReturnType<typeof createLogUpdate>;
  readonly #timer: NodeJS.Timeout;
  readonly #releaseOutput: () => void;
  readonly #showCursor = (): void => void this.#target.stream.write(SHOW_CURSOR);
  #said = "";
  #closed = false;

  constructor(target: DisplayTarget) {
    this.#target = target;
    // It would hide the cursor through `process.stderr`, which is user code's while the tree is shown.
    this.#update = createLogUpdate(target.stream as NodeJS.WriteStream, { showCursor: true });
    target.stream.write(HIDE_CURSOR);
    process.once("exit", this.#showCursor);
    this.#timer = setInterval(() => this.#draw(), FRAME_MS).unref();
    this.#releaseOutput = captureUserOutput((text) => this.print(text));
  }

  show(event: ExecutionEvent): void {
    this.model.apply(event);
  }

  print(text: string): void {
    if (this.#closed) return void this.#target.stream.write(`${text}\n`);
    this.#update.persist(text);
    this.#draw();
  }

  say(text: string): void {
    this.#said = text;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    process.off("exit", this.#showCursor);
    clearInterval(this.#timer);
    this.#releaseOutput();
    this.#update.clear();
    this.#update.done();
    this.#showCursor();
    const last = this.#frame(LAST_FRAME_ROWS, false);
    if (last !== "") this.#target.stream.write(`${last}\n`);
  }

  #draw(): void {
    const said = this.#said === "" ? "" : `\n\n${this.#said}`;
    this.#update(`${this.#frame(this.#height - (said === "" ? 1 : 3), true)}${said}`);
  }

  get #height(): number {
    return this.#target.stream.rows ?? DEFAULT_ROWS;
  }

  #frame(height: number, animated: boolean): string {
    const width = (this.#target.stream.columns ?? DEFAULT_COLUMNS) - 1;
    return renderTree(this.model, { now: Date.now(), width, height, colors: this.#target.colors, animated }).join("\n");
  }
}

/** Shows nothing, and keeps the model all the same. */
export function createSilence(): TreeDisplay {
  const model = new TreeModel();
  return { model, show: (event) => model.apply(event), print: () => {}, say: () => {}, close: () => {} };
}

/** The tree that is redrawn in place, and what else is written to the same terminal meanwhile. */
import { Writable } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { displayTarget } from "../../../lib/cli/terminal.ts";
import { createDisplay } from "../../../lib/cli/tree-display.ts";

function fakeTty(): { stream: Writable & { columns: number; rows: number; isTTY: boolean }; text: () => string } {
  let text = "";
  const write = (chunk: unknown, _encoding: string, done: () => void): void => {
    text += String(chunk);
    done();
  };
  return { stream: Object.assign(new Writable({ write }), { columns: 80, rows: 24, isTTY: true }), text: () => text };
}

function pretendTerminal(): void {
  const { isTTY } = process.stderr;
  process.stderr.isTTY = true;
  onTestFinished(() => void (process.stderr.isTTY = isTTY));
}

describe("a tree that is redrawn in place", () => {
  it("fault:B13 has above it what user code writes, in whatever way", () => {
    pretendTerminal();
    const { stream, text } = fakeTty();
    const display = createDisplay({ stream, live: true, colors: false });
    process.stderr.write("one\n");
    process.stderr.write(Buffer.from("two"), () => {});
    display.close();
    expect(text()).toMatch(/one\r?\n[^]*two\r?\n/);
  });

  it("gives the stream and the cursor back", () => {
    pretendTerminal();
    const write = Reflect.get(process.stderr, "write") as unknown;
    const { stream, text } = fakeTty();
    const display = createDisplay({ stream, live: true, colors: false });
    expect(Reflect.get(process.stderr, "write")).not.toBe(write);
    display.close();
    expect(Reflect.get(process.stderr, "write")).toBe(write);
    expect(text().startsWith("\u001B[?25l")).toBe(true);
    expect(text()).toContain("\u001B[?25h");
  });

  it("is not tried where the terminal has no size", () => {
    const { stream } = fakeTty();
    expect(displayTarget(stream, {}).live).toBe(true);
    expect(displayTarget(Object.assign(stream, { columns: 0 }), {}).live).toBe(false);
  });
});

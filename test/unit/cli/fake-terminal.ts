/** A terminal that remembers what was printed. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable, Writable } from "node:stream";
import { onTestFinished } from "vitest";
import type { Terminal } from "../../../lib/cli/terminal.ts";

export interface FakeTerminal extends Terminal {
  readonly out: () => string;
  readonly err: () => string;
}

export interface FakeTerminalOptions {
  readonly stdin?: string;
  readonly env?: Terminal["env"];
  /** In its working folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly now?: number;
}

export function fakeTerminal({ stdin = "", env = {}, files = {}, now }: FakeTerminalOptions = {}): FakeTerminal {
  const out = sink();
  const err = sink();
  const cwd = temporaryFolder();
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(cwd, name), text);
  return {
    stdin: Readable.from([stdin]),
    stdout: out.stream,
    stderr: err.stream,
    out: out.text,
    err: err.text,
    env,
    cwd,
    now: () => now ?? Date.now(),
  };
}

export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "treeline-cli-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function sink(): { stream: Writable; text: () => string } {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}

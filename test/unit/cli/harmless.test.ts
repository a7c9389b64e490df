/** Text that a caller chose (ids, names, messages, notices) reaches the operator's terminal without its commands. */
import { describe, expect, it, onTestFinished } from "vitest";
import { answerTo } from "../../../lib/cli/answer.ts";
import { formatDetail } from "../../../lib/cli/detail.ts";
import { formatEvent } from "../../../lib/cli/event-line.ts";
import { createPaint } from "../../../lib/cli/glyphs.ts";
import { logTo } from "../../../lib/cli/log-line.ts";
import { createOutput, describeFailure, toJson } from "../../../lib/cli/output.ts";
import { runCommandLine } from "../../../lib/cli/command-line.ts";
import { formatTable } from "../../../lib/cli/table.ts";
import { shellWord } from "../../../lib/cli/terminal.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openEngine } from "../../../lib/homes/embedded/engine.ts";
import { TreelineError, ValidationError } from "../../../lib/kernel/errors.ts";
import type { ExecutionDetail, ExecutionEvent, WaitView } from "../../../lib/ports/client.ts";
import { fakeTerminal, temporaryFolder } from "./fake-terminal.ts";

/** Clears the screen, sets the title, breaks the line, ends with C1, and turns the rest around. */
const EVIL = "a\u001b[2J\u001b]0;t\u0007\r\nb\u009b31m\u2028\u202ec\u007f";
/** What a terminal acts on, beside the line breaks of the command line itself. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const ACTS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const PLAIN = createPaint(false);

const wait: WaitView = {
  operation: `RECEIVE:${EVIL}#1`,
  executionId: EVIL,
  path: EVIL,
  kind: "RECEIVE",
  name: EVIL,
  since: 0,
};

describe("fault:B16 text that somebody else chose", () => {
  const event = { cursor: "1", at: 0, executionId: EVIL, path: EVIL, depth: 0, workflow: EVIL, name: EVIL };
  const error = { type: EVIL, message: EVIL, cause: { type: EVIL, message: EVIL } };
  const logged = (): string => {
    const lines: string[] = [];
    const sink = logTo((text) => void lines.push(text), false);
    sink({ level: "info", message: EVIL, path: EVIL, fields: { [EVIL]: EVIL } });
    return lines.join("");
  };
  const detail = {
    id: EVIL,
    publicId: EVIL,
    path: EVIL,
    workflow: EVIL,
    version: EVIL,
    notice: EVIL,
    summary: EVIL,
    parentId: EVIL,
    rootId: EVIL,
    status: "WAITING",
    createdAt: 0,
    attempt: 1,
    input: EVIL,
    state: { [EVIL]: EVIL },
    usage: { operations: 0, attempts: 0, children: 0 },
    error,
    operations: [
      { key: "1", kind: "STEP", name: EVIL, scope: "", status: "FAILED", attempts: 1, startedAt: 0, error },
      { key: "2", kind: "STEP", name: EVIL, scope: "", status: "SUCCEEDED", attempts: 1, startedAt: 0, result: EVIL },
    ],
    waits: [{ ...wait, callbackId: EVIL }],
    documents: [{ id: EVIL, value: EVIL }],
  } as unknown as ExecutionDetail;

  it.each([
    ["a table", () => formatTable(["ID"], [[EVIL]], PLAIN)],
    ["details", () => formatDetail(detail, 0, PLAIN)],
    ["an event", () => formatEvent({ ...event, type: "operation.failed", error } as ExecutionEvent, PLAIN)],
    [
      "an event's data",
      () => formatEvent({ ...event, type: "custom", data: EVIL } as unknown as ExecutionEvent, PLAIN),
    ],
    ["a log line", logged],
    ["JSON", () => toJson({ [EVIL]: EVIL }, 2)],
    ["a word of a command", () => shellWord(EVIL)],
    ["an answer", () => answerTo(wait) ?? ""],
    ["a refusal", () => describeFailure(new TreelineError("execution_not_found", EVIL))],
    ["a failure", () => describeFailure(Object.assign(new Error(EVIL, { cause: new Error(EVIL) }), { name: EVIL }))],
    ["an issue", () => describeFailure(new ValidationError(`x: ${EVIL}`, [{ path: EVIL, message: EVIL }]))],
    ["what is no error", () => describeFailure(EVIL)],
  ])("is harmless in %s", (_title, print) => {
    const text = print();
    expect(text).toContain("[2J");
    expect(text).not.toMatch(ACTS);
  });

  it("stays one line in a table, in a fact and in a word", () => {
    expect(formatTable(["ID"], [[EVIL]], PLAIN).split("\n")).toHaveLength(2);
    expect(formatDetail(detail, 0, PLAIN)).not.toMatch(/^b/m);
    expect(shellWord(EVIL)).not.toContain("\n");
  });

  it("is harmless in whatever is printed, but for a result in a pipe", () => {
    for (const isTTY of [true, false]) {
      const terminal = fakeTerminal();
      Object.assign(terminal.stdout, { isTTY });
      const output = createOutput(terminal);
      output.print(EVIL);
      output.note(EVIL, "red");
      expect(terminal.out() + terminal.err()).not.toMatch(ACTS);
      output.result(EVIL);
      expect(terminal.out().includes(EVIL)).toBe(!isTTY);
    }
  });

  it("says the same to a shell", () => {
    expect(shellWord("it's\n\u001b[2J\\")).toBe(String.raw`$'it\'s\n\u001b[2J\\'`);
    expect(shellWord("it's")).toBe(String.raw`'it'\''s'`);
    expect(shellWord("plain-1")).toBe("plain-1");
  });

  it("is harmless in every command about it", async () => {
    const file = `${temporaryFolder()}/a.db`;
    const hostile = workflow({ name: "hostile" }, async (ctx) => {
      ctx.emit(EVIL, EVIL);
      await ctx.step(EVIL, () => Promise.reject(new Error(EVIL)), { retry: false }).catch(() => {});
      return ctx.waitForSignal(EVIL);
    });
    const engine = await openEngine({ file, workflows: [hostile], log: () => {} });
    onTestFinished(() => engine.close());
    const { executionId: id } = await engine.start(hostile, EVIL, { summary: EVIL });
    await engine.idle();
    const commands = [["list"], ["show", id], ["tree", id], ["events", id], ["pending", id], ["cancel", EVIL]];
    for (const command of [...commands, ["signal", id, EVIL], ["show", EVIL], ["list", "--root", EVIL], [EVIL]]) {
      for (const json of [[], ["--json"]]) {
        const terminal = fakeTerminal();
        await runCommandLine([...command, "--file", file, ...json], terminal);
        expect(terminal.out() + terminal.err()).not.toMatch(ACTS);
      }
    }
  });
});

import { describe, expect, it } from "vitest";
import { describeFailure, failureJson } from "../../../lib/cli/output.ts";

describe("what a command prints about a failure", () => {
  it("fault:A4 ends where the causes would begin again", () => {
    const inner = new TypeError("inner");
    inner.cause = new Error("outer", { cause: inner });
    expect(describeFailure(inner.cause)).toBe("Error: outer\n  because TypeError: inner");
    expect(failureJson(inner.cause)).toMatchObject({ message: "outer", cause: { message: "inner" } });
  });

  it("fault:A4 counts the causes that a person would not read", () => {
    let error = new Error("0");
    for (let i = 1; i < 60; i++) error = new Error(String(i), { cause: error });
    const lines = describeFailure(error).split("\n");
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)?.trim()).toBe("and 40 more causes");
  });

  it("fault:A4 says something of an error that cannot be read", () => {
    const hostile = Object.defineProperty(new Error("x"), "message", {
      get() {
        throw new Error("boom");
      },
    });
    expect(describeFailure(hostile)).toContain("Error: ");
  });
});

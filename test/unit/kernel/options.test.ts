import { describe, expect, it } from "vitest";
import type { InvalidArgumentError } from "../../../lib/kernel/errors.ts";
import { AUTHOR_OPTIONS } from "../../../lib/kernel/option-table.ts";
import { check, type Kind } from "../../../lib/kernel/options.ts";
import { suggest } from "../../../lib/kernel/suggest.ts";

function refusalOf(kind: Kind, value: unknown): InvalidArgumentError {
  try {
    check(kind, value, "ctx.start", "child");
  } catch (error) {
    return error as InvalidArgumentError;
  }
  throw new Error("it was taken");
}

describe("a refusal", () => {
  const { StartOptions, StepOptions, ReceiveOptions } = AUTHOR_OPTIONS;
  it.each<[value: unknown, kind: Kind, path: string, message: string]>([
    [
      { parentClosePolicy: "ABANDON" },
      StartOptions,
      "parentClosePolicy",
      'must be "terminate", "request_cancel" or "abandon"; it is "ABANDON"; did you mean "abandon"?',
    ],
    [{ idConflict: "useExisting" }, StartOptions, "idConflict", 'did you mean "use_existing"?'],
    [{ retry: { attempts: 1 } }, StartOptions, "retry.attempts", 'did you mean "maxAttempts"?'],
    [{ exectionTimeout: 1 }, StartOptions, "exectionTimeout", 'did you mean "executionTimeout"?'],
    [{ startDelay: { minuts: 1 } }, StartOptions, "startDelay.minuts", 'did you mean "minutes"?'],
    [{ startDelay: "5 sec" }, StartOptions, "startDelay", 'must be a duration (milliseconds, "30s", or'],
    [{ meta: { a: Number.NaN } }, StartOptions, "meta.a", "it is NaN"],
    [{ retry: "never" }, StepOptions, "retry", "must be an object, or a function of (error, attempt), or false"],
    [{ retry: { jitter: "full" } }, StepOptions, "retry.jitter", 'did you mean "FULL"?'],
    [{ children: ["e1"] }, ReceiveOptions, "children[0]", "must be a handle from ctx.start or ctx.attach"],
    [null, StartOptions, "", "must be an object; it is null"],
    [[], StartOptions, "", "must be an object; it is a list"],
    [{ __proto__: null, constructor: 1 }, StartOptions, "constructor", "is not an option"],
  ])("of %j says where, what was given and what is allowed", (value, kind, path, message) => {
    const { issues, message: words } = refusalOf(kind, value);
    expect(issues).toMatchObject([{ path }]);
    expect(issues[0]?.message).toContain(message);
    expect(words).toContain(`${path === "" ? "" : `${path} of `}ctx.start "child" `);
  });

  it("tells everything that is wrong at once", () => {
    const { issues } = refusalOf(StartOptions, { id: "", priority: "high", retry: { maxAttempts: 0, rate: 2 } });
    expect(issues.map(({ path }) => path)).toEqual(["id", "priority", "retry.maxAttempts", "retry.rate"]);
  });

  it("shows no more of a value than a line", () => {
    expect(refusalOf(StartOptions, { version: { secret: 1 } }).message).not.toContain("secret");
    expect(refusalOf(StartOptions, { idReuse: "x".repeat(1_000) }).message.length).toBeLessThan(200);
  });
});

describe("suggest", () => {
  it.each([
    ["ABANDON", ["terminate", "abandon"], "abandon"],
    ["minSuccesful", ["minSuccessful", "toleratedFailureCount"], "minSuccessful"],
    ["timeuot", ["timeout", "meta"], "timeout"],
    ["xyz", ["timeout", "meta"], undefined],
    ["", ["timeout"], undefined],
  ])("%s: %j", (given, known, wanted) => {
    expect(suggest(given, known)).toBe(wanted);
  });
});

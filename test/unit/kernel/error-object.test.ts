import { describe, expect, it } from "vitest";
import { errorType, fromErrorObject, toError, toErrorObject } from "../../../lib/kernel/error-object.ts";
import * as errors from "../../../lib/kernel/errors.ts";
import type { ErrorObject } from "../../../lib/kernel/journal.ts";

/** Through the text of a journal, as a restart would. */
function roundTrip(error: unknown): Error {
  return fromErrorObject(JSON.parse(JSON.stringify(toErrorObject(error))) as ErrorObject);
}

const data = { amount: 5n, at: new Date(0) };
const cause = new RangeError("the cause");
const options = { data, cause };

const SAMPLES: Record<string, Error> = {
  ApplicationError: new errors.ApplicationError("m", { ...options, type: "PaymentDeclined", nonRetryable: true }),
  ChildExecutionError: new errors.ChildExecutionError(
    "m",
    { executionId: "e-1", workflow: "charge", status: "TIMED_OUT" },
    options,
  ),
  SerdesFailedError: new errors.SerdesFailedError("m", "$.a", options),
  ValidationError: new errors.ValidationError("m", [{ path: "a[0]", message: "wrong" }], options),
  InvalidArgumentError: new errors.InvalidArgumentError("m", [{ path: "a[0]", message: "wrong" }], options),
  WorkflowDefinitionError: new errors.WorkflowDefinitionError("m", options),
  ExecutionNotFoundError: new errors.ExecutionNotFoundError("m", options),
  ExecutionClosedError: new errors.ExecutionClosedError("m", options),
  ExecutionAlreadyStartedError: new errors.ExecutionAlreadyStartedError("m", "e-1", "charge"),
  RemoteError: new errors.RemoteError({ type: "Elsewhere", message: "m", nonRetryable: true }, data, { cause }),
};

type Coded = new (code: errors.ErrorCode, message: string, options: errors.TreelineErrorOptions) => Error;

function sampleOf(name: string, Class: unknown): Error {
  return SAMPLES[name] ?? new (Class as Coded)("store_full", "m", options);
}

const classes = Object.entries(errors).filter(
  ([, value]) => typeof value === "function" && value.prototype instanceof Error,
);

describe("every error of ours comes back as it was", () => {
  it("has all of them here", () => {
    expect(classes.length).toBeGreaterThan(20);
  });

  it.each(classes)("%s", (name, Class) => {
    const error = sampleOf(name, Class);
    const copy = roundTrip(error);
    expect(copy).toBeInstanceOf(Class);
    expect(copy.constructor).toBe(Class);
    expect(copy).toStrictEqual(error); // own fields: name, code, data, and what the class adds
    expect(copy.message).toBe(error.message);
    expect(copy.stack).toBe(error.stack);
    expect(Object.keys(copy).toSorted()).toEqual(Object.keys(error).toSorted());
    expect(copy.cause).toStrictEqual(error.cause);
  });

  it("without data, cause and options too", () => {
    const copy = roundTrip(new errors.StepError("step_failed", "m"));
    expect(copy.cause).toBeUndefined();
    expect("cause" in copy).toBe(false);
    expect((copy as errors.StepError).data).toBeUndefined();
    expect(roundTrip(new errors.ApplicationError("m"))).toMatchObject({
      type: "ApplicationError",
      nonRetryable: false,
    });
  });

  it("survives objects that lack what the class has", () => {
    for (const [name, Class] of classes) {
      if (name === "RemoteError" || name === "ApplicationError") continue;
      const error = fromErrorObject({ type: name, code: "store_full", message: "m" });
      expect(error).toBeInstanceOf(Class);
    }
    expect(fromErrorObject({ type: "ChildExecutionError", code: "x", message: "m" })).toMatchObject({
      executionId: "",
      status: "FAILED",
    });
    expect(fromErrorObject({ type: "ValidationError", code: "x", message: "m" })).toMatchObject({ issues: [] });
  });
});

describe("errors that are not ours", () => {
  it.each([Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError])("%o", (Class) => {
    const error = Object.assign(new Class("m", { cause }), { data, nonRetryable: true });
    const copy = roundTrip(error);
    expect(copy.constructor).toBe(Class);
    expect(copy).toStrictEqual(error);
    expect(copy.cause).toStrictEqual(cause);
    expect(copy.stack).toBe(error.stack);
    expect(copy.propertyIsEnumerable("stack")).toBe(false);
  });

  it("an AggregateError keeps its errors", () => {
    const error = new AggregateError([new TypeError("a"), new errors.StepError("step_failed", "b")], "m");
    const copy = roundTrip(Object.assign(error, { data }));
    expect(copy).toBeInstanceOf(AggregateError);
    expect((copy as AggregateError).errors).toStrictEqual(error.errors);
    expect((copy as { data?: unknown }).data).toEqual(data);
    expect(fromErrorObject({ type: "AggregateError", message: "m" })).toMatchObject({ errors: [] });
  });

  it("a class of the user's becomes a RemoteError with its type and data", () => {
    class PaymentError extends Error {
      data = data;
      code = "E_PAY";
    }
    const copy = roundTrip(new PaymentError("m", { cause }));
    expect(copy).toBeInstanceOf(errors.RemoteError);
    expect(copy).toMatchObject({ name: "PaymentError", type: "PaymentError", message: "m", data, nonRetryable: false });
    expect(copy.cause).toStrictEqual(cause);
    expect(roundTrip(copy)).toStrictEqual(copy);
  });

  it("a class of the user's with a name of ours is not ours", () => {
    class StepError extends Error {}
    const copy = roundTrip(new StepError("m"));
    expect(copy).toBeInstanceOf(errors.RemoteError);
    expect(copy.name).toBe("StepError");
  });

  it("a subclass of ApplicationError stays one, with its type", () => {
    class Declined extends errors.ApplicationError {
      constructor() {
        super("m", { type: "Declined", nonRetryable: true });
      }
    }
    const copy = roundTrip(new Declined());
    expect(copy).toBeInstanceOf(errors.ApplicationError);
    expect(copy).toMatchObject({ type: "Declined", nonRetryable: true });
  });
});

describe("errorType", () => {
  it("is the name, or the class where the class did not set one", () => {
    class Plain extends TypeError {}
    class Named extends Error {
      override name = "Chosen";
    }
    expect(errorType(new Plain())).toBe("Plain");
    expect(errorType(new Named())).toBe("Chosen");
    expect(errorType(new TypeError())).toBe("TypeError");
    expect(errorType(new DOMException("x", "AbortError"))).toBe("AbortError");
    expect(errorType({ name: "Duck" })).toBe("Duck");
    expect(errorType({ name: "Error" })).toBe("Error");
    expect(errorType(new (class extends Error {})())).toBe("Error");
    expect(errorType(undefined)).toBe("Error");
  });
});

describe("whatever is thrown can be stored", () => {
  const hostileGetters = Object.defineProperties(new Error("x"), {
    name: { get: boom },
    message: { get: boom },
    stack: { get: boom },
    cause: { get: boom },
    data: { get: boom },
  });
  function boom(): never {
    throw new Error("boom");
  }
  const hostileProxy = new Proxy(new Error("x"), { get: boom, getPrototypeOf: boom, has: boom, ownKeys: boom });
  const halfHostile = new Proxy(new Error("x"), { getPrototypeOf: boom });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  const thrown: [title: string, value: unknown, message: string | RegExp][] = [
    ["a string", "just text", "just text"],
    ["undefined", undefined, /but undefined/],
    ["null", null, /but null/],
    ["a number", 5, /but 5/],
    ["a symbol", Symbol("s"), /Symbol\(s\)/],
    ["a function", () => 1, /a function/],
    ["an object", { a: 1 }, /an object/],
    ["something like an error", { name: "Duck", message: "quack" }, "quack"],
    ["an object whose message is no text", { message: 5 }, /an object/],
    ["hostile getters", hostileGetters, /an object/],
    ["a hostile proxy", hostileProxy, /an object/],
    ["a half hostile proxy", halfHostile, /cannot be read/],
    ["a revoked proxy", revoked.proxy, /an object/],
    ["nothing at all", Object.create(null), /an object/],
  ];
  it.each(thrown)("%s", (_title, value, message) => {
    const object = toErrorObject(value);
    expect(object.message).toMatch(message);
    const error = fromErrorObject(object);
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toContain(error.message);
    expect(toError(value)).toBeInstanceOf(Error);
  });

  it("keeps a thrown object as data", () => {
    expect(roundTrip({ a: 1n })).toMatchObject({ name: "Error", data: { a: 1n } });
  });

  it("drops data that cannot be stored, but not the fields of the class", () => {
    const error = new errors.ValidationError("m", [{ path: "a", message: "b" }], { data: () => 1 });
    expect(roundTrip(error)).toMatchObject({ issues: error.issues });
    expect((roundTrip(error) as errors.ValidationError).data).toBeUndefined();
    expect(toErrorObject(Object.assign(new Error("m"), { data: () => 1 }))).not.toHaveProperty("data");
  });

  it("ignores stored data that cannot be read", () => {
    expect(fromErrorObject({ type: "Error", message: "m", data: '{"$tl":["new"]}' }).message).toBe("m");
  });
});

/** Reading its cause makes the next one. */
class Endless extends Error {
  override get cause(): Error {
    return new Endless(this.message);
  }
}

function messages(error: unknown): string[] {
  const found: string[] = [];
  for (let e = error; e instanceof Error; e = e.cause) found.push(e.message);
  return found;
}

describe("isCancellation", () => {
  const circle = new Error("a");
  circle.cause = new Error("b", { cause: circle });
  const hostile = new Proxy(new Error("x"), {
    getPrototypeOf() {
      throw new Error("boom");
    },
  });
  const throwing = Object.defineProperty(new Error("x"), "cause", {
    get() {
      throw new Error("boom");
    },
  });

  it.each([
    ["a circle of causes", circle],
    ["an endless chain", new Endless("endless")],
    ["a proxy that throws", hostile],
    ["a getter that throws", throwing],
    ["what is no error", { cause: { cause: 1 } }],
  ])("fault:A4 is false for %s", (_title, error) => {
    expect(errors.isCancellation(error)).toBe(false);
  });

  it("finds a cancellation below other errors", () => {
    const cancelled = new errors.CancelledError("cancelled", "m");
    expect(errors.isCancellation(new Error("a", { cause: new Error("b", { cause: cancelled }) }))).toBe(true);
  });
});

describe("bounds", () => {
  it("fault:A4 ends a circle of causes where it would begin again", () => {
    const a = new Error("a");
    const b = new Error("b", { cause: a });
    a.cause = b;
    expect(messages(roundTrip(a))).toEqual(["a", "b"]);
  });

  it("fault:A4 ends a circle through the errors of an AggregateError", () => {
    const all = new AggregateError([new Error("a")], "all");
    all.errors.push(all);
    const copy = roundTrip(all) as AggregateError;
    expect(copy.errors).toMatchObject([{ message: "a" }]);
  });

  it("fault:A4 ends a chain that makes a new cause whenever it is read", () => {
    expect(messages(roundTrip(new Endless("endless")))).toHaveLength(100);
  });

  it("ends a fan of errors", () => {
    let error: Error = new Error("leaf");
    for (let i = 0; i < 20; i++) error = new AggregateError([error, error, error], "m", { cause: error });
    expect(JSON.stringify(toErrorObject(error)).length).toBeLessThan(1_000_000);
  });

  it("keeps sixty causes, and the stacks of the first ten", () => {
    let error: Error = new errors.ApplicationError("leaf", { type: "Root" });
    for (let i = 0; i < 60; i++) error = new errors.StepError("step_failed", `${i}`, { cause: error });
    let copy: ErrorObject | undefined = toErrorObject(error);
    let stacks = 0;
    let last = copy;
    for (; copy !== undefined; copy = copy.cause) {
      if (copy.stack !== undefined) stacks += 1;
      last = copy;
    }
    expect(last).toMatchObject({ type: "Root", code: "application" });
    expect(stacks).toBe(10);
  });

  it("cuts endless messages and stacks", () => {
    const object = toErrorObject(new Error("x".repeat(100_000)));
    expect(object.message).toMatch(/^x{32768}… \(67232 more characters\)$/);
    expect(object.stack?.length).toBeLessThan(8_300);
  });

  it("has no cause for a cause that is null", () => {
    expect(toErrorObject(new Error("m", { cause: null }))).not.toHaveProperty("cause");
    expect(roundTrip(new Error("m", { cause: "text" })).cause).toMatchObject({ message: "text" });
  });
});

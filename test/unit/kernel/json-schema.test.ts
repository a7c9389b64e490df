import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeSchema } from "../../../lib/kernel/json-schema.ts";
import type { StandardSchema } from "../../../lib/kernel/schema.ts";

function vendor(jsonSchema?: unknown): StandardSchema {
  const standard = { version: 1 as const, vendor: "test", validate: (value: unknown) => ({ value }) };
  return { "~standard": jsonSchema === undefined ? standard : { ...standard, jsonSchema } } as StandardSchema;
}

describe("D2: describeSchema", () => {
  it("shows what a caller may send, as plain JSON", () => {
    const schema = z.object({ id: z.string().min(1), count: z.number().default(1) });
    expect(describeSchema(schema)).toStrictEqual({
      type: "object",
      properties: { id: { type: "string", minLength: 1 }, count: { type: "number", default: 1 } },
      required: ["id"],
    });
  });

  it("shows the wire side of a type that JSON cannot express, or anything", () => {
    const date = z.codec(z.iso.datetime(), z.date(), {
      decode: (text) => new Date(text),
      encode: (at) => at.toISOString(),
    });
    expect(describeSchema(date)).toMatchObject({ type: "string", format: "date-time" });
    expect(describeSchema(z.string().transform(Number))).toEqual({ type: "string" });
    expect(describeSchema(z.date())).toEqual({});
    expect(describeSchema(z.object({ at: z.date(), n: z.bigint() }))).toMatchObject({ properties: { at: {}, n: {} } });
  });

  it("is `{}` for schemas that cannot tell", () => {
    const throws = (): never => {
      throw new Error("cannot");
    };
    expect(describeSchema(vendor())).toEqual({});
    expect(describeSchema(vendor({ input: throws }))).toEqual({});
    expect(describeSchema(vendor({ input: () => "text" }))).toEqual({});
    expect(describeSchema(vendor({ input: () => undefined }))).toEqual({});
    expect(describeSchema(vendor({ input: () => null }))).toEqual({});
  });

  it("asks a vendor that refuses zod's options again without them", () => {
    const input = (options: object): unknown => {
      if ("libraryOptions" in options) throw new Error("unknown option");
      return { $schema: "x", type: "string" };
    };
    expect(describeSchema(vendor({ input }))).toEqual({ type: "string" });
  });

  it("is undefined for no schema, and computed once per schema", () => {
    const schema = z.string();
    expect(describeSchema(undefined)).toBeUndefined();
    expect(describeSchema(schema)).toBe(describeSchema(schema));
  });
});

/** The OpenAPI document is valid, complete, and says what workflows take. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import type { StandardSchema } from "../../../lib/kernel/schema.ts";
import { openApi } from "./api-fixture.ts";
import { approval, buy, echo } from "./workflows.ts";

type Json = Record<string, any>;

async function documentOf(workflows: readonly Workflow<any, any>[]): Promise<Json> {
  const { request } = await openApi(workflows);
  const response = await request("/openapi.json");
  expect(response.headers.get("content-type")).toBe("application/json");
  return (await response.json()) as Json;
}

/** Of a library that gives no JSON Schema. */
const silent: StandardSchema = { "~standard": { version: 1, vendor: "silent", validate: (value) => ({ value }) } };

const Tree = z.object({
  name: z.string(),
  get children() {
    return z.array(Tree);
  },
});

const rich = workflow(
  {
    name: "größe:1",
    input: z.object({
      when: z.date(),
      many: z.bigint(),
      keys: z.map(z.string(), z.date()),
      length: z.string().transform((s) => s.length),
    }),
    output: z.string().transform(Number),
    signals: { go: z.object({ at: z.date() }), "on/off": silent },
  },
  () => "1",
);
const recursive = workflow({ name: "recursive", input: Tree }, () => 1);

describe("the document", () => {
  it.each([
    ["of no workflows", []],
    ["of some", [buy, approval, echo]],
    ["of strange ones", [rich, recursive]],
  ])("%s is valid OpenAPI 3.1", async (_title, workflows) => {
    const document = await documentOf(workflows);
    const validator = new Validator();
    expect(await validator.validate(document)).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
    for (const [, ref = ""] of JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)) {
      expect(ref).toMatch(/^#\/components\/schemas\//);
      expect(lookUp(document, ref)).toBeDefined();
    }
  });

  it("has every path with and without a namespace, and tells operations apart", async () => {
    const { paths } = await documentOf([echo]);
    const operations = Object.values(paths as Json).flatMap((path: Json) => Object.values(path)) as Json[];
    expect(new Set(operations.map(({ operationId }) => operationId as string)).size).toBe(operations.length);
    expect(Object.keys(paths as Json).filter((path) => !path.startsWith("/namespaces/"))).toEqual([
      "/executions",
      "/executions/{id}",
      "/executions/{id}/ids",
      "/executions/{id}/tree",
      "/executions/{id}/journal",
      "/executions/{id}/pending",
      "/executions/{id}/cost",
      "/executions/{id}/outcome",
      "/executions/{id}/events",
      "/executions/{id}/cancel",
      "/executions/{id}/stop",
      "/executions/{id}/signals",
      "/executions/{id}/state",
      "/callbacks/{id}/succeed",
      "/callbacks/{id}/fail",
      "/callbacks/{id}/heartbeat",
      "/workflows",
      "/workflows/{id}",
    ]);
  });

  it("says what each workflow takes, and gives", async () => {
    const { components } = await documentOf([buy, approval]);
    const { schemas } = components as { schemas: Json };
    expect(schemas["buy.input"]).toMatchObject({
      type: "object",
      properties: { item: { type: "string" } },
      required: ["item"],
    });
    expect(schemas["buy.start"]).toMatchObject({
      properties: { workflow: { const: "buy" }, input: { $ref: "#/components/schemas/buy.input" } },
      required: ["workflow", "input"],
    });
    expect(schemas["approval.start"]["required"]).toEqual(["workflow"]);
    expect(schemas["approval.signal.decision"]).toMatchObject({ properties: { approved: { type: "boolean" } } });
  });

  it("D2: describes what JSON lacks from its wire side, and transforms from the side that is sent", async () => {
    const { components } = await documentOf([rich]);
    const schemas = (components as { schemas: Json }).schemas;
    const { properties } = schemas["gr__e_1.input.stored"] as { properties: Json };
    expect(properties["when"]).toMatchObject({
      title: "Date",
      properties: { $tl: { prefixItems: [{ const: "date" }, {}] } },
    });
    expect(properties["many"]).toMatchObject({
      properties: { $tl: { prefixItems: [{ const: "bigint" }, { type: "string" }] } },
    });
    expect(properties["keys"]).toMatchObject({
      properties: { $tl: { prefixItems: [{ const: "map" }, { type: "array" }] } },
    });
    expect(properties["length"]).toEqual({ type: "string" });
    expect(schemas["gr__e_1.input"]["properties"]["when"]).toEqual({
      title: "Date: JSON has none; send application/vnd.treeline+json",
    });
  });

  it("D2: shows a schema that tells nothing as {}, with a warning", async () => {
    const mute = workflow({ name: "mute", input: silent }, () => 1);
    const document = await documentOf([mute]);
    const warning = "input of mute is shown as {}: its library (silent) gives no JSON Schema";
    expect(document["x-treeline-warnings"]).toEqual([warning]);
    expect(document["components"]["schemas"]["mute.input"]).toEqual({ description: warning });
    const { request } = await openApi([mute, buy]);
    const { workflows } = (await (await request("/workflows")).json()) as { workflows: Json[] };
    expect(workflows).toMatchObject([
      { name: "mute", input: {}, warnings: [warning] },
      { name: "buy", warnings: [] },
    ]);
  });
});

function lookUp(document: Json, ref: string): unknown {
  const steps = ref
    .slice(2)
    .split("/")
    .map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], document);
}

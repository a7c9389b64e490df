/**
 * Shapes of what is asked. Looked at only as far as is needed to hand it on: what a value means is checked by the engine,
 * in one place for all who ask. What is described of such a value stands in its `meta`.
 */
import { z } from "zod";
import type { ClientStartOptions } from "../ports/client.ts";
import { EVENT_TYPES, STATUSES } from "./shapes.ts";

const text = z.string();
const flag = z.stringbool({ truthy: ["true", "1", ""], falsy: ["false", "0"] }).meta({ type: "boolean" });

const duration = z
  .custom<NonNullable<ClientStartOptions["executionTimeout"]>>(
    (value) => typeof value === "number" || typeof value === "string" || isObject(value),
    'must be milliseconds, "30s", or { "minutes": 5 }',
  )
  .meta({
    description: 'Milliseconds, text like "30s", or fields that add up',
    oneOf: [
      { type: "number", minimum: 0 },
      { type: "string", pattern: String.raw`^\d+(\.\d+)?(ms|s|m|h|d)$` },
      {
        type: "object",
        properties: Object.fromEntries(
          ["days", "hours", "minutes", "seconds", "milliseconds"].map((unit) => [unit, { type: "number" }]),
        ),
        additionalProperties: false,
      },
    ],
  });

const fields = z.custom<Readonly<Record<string, unknown>>>(isObject, "must be an object").meta({ type: "object" });
const flat = z
  .custom<Readonly<Record<string, string | number | boolean>>>(isObject, "must be an object")
  .meta({ type: "object", additionalProperties: { type: ["string", "number", "boolean"] } });

const retry = z.custom<NonNullable<ClientStartOptions["retry"]>>(isObject, "must be an object").meta({
  description: "Retry of the execution as a whole",
  type: "object",
  properties: {
    maxAttempts: { type: "integer", minimum: 1 },
    initialDelay: { description: "A duration" },
    maxDelay: { description: "A duration" },
    backoffRate: { type: "number", minimum: 1 },
    jitter: { enum: ["FULL", "HALF", "NONE"] },
    nonRetryableTypes: { type: "array", items: { type: "string" } },
  },
});

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Of a start, everything but the workflow and its input. */
export const startOptions = {
  id: text.optional().meta({ description: "The user's own id, at most 256 characters" }),
  idConflict: z.enum(["fail", "use_existing", "terminate_existing"]).optional(),
  idReuse: z.enum(["allow", "allow_failed_only", "reject"]).optional(),
  executionTimeout: duration.optional(),
  retry: retry.optional(),
  startDelay: duration.optional(),
  version: text.optional(),
  allowRecursion: z.boolean().optional(),
  state: fields.optional(),
  attributes: flat.optional(),
  summary: text.optional(),
  priority: z
    .custom<number>((value) => typeof value === "number", "must be a number")
    .meta({ type: "number" })
    .optional(),
  meta: flat.optional(),
};

export const StartBody = z.strictObject({ workflow: text, input: z.unknown().optional(), ...startOptions });
export const ReasonBody = z.strictObject({ reason: text.optional() }).optional();
export const SignalBody = z.strictObject({
  name: text,
  payload: z.unknown().optional(),
  signalId: text.optional().meta({ description: "Makes a repeated request count once" }),
});
export const PatchBody = z.strictObject({
  patch: fields.meta({ description: "Merged into the state; null deletes a key" }),
  ifVersion: z.int().optional().meta({ description: "Refused with 409 when the state has another version" }),
});
export const SucceedBody = z.strictObject({ payload: z.unknown().optional() }).optional();
export const FailBody = z.strictObject({ type: text.optional(), message: text, data: z.unknown().optional() });

const wait = z.coerce.number().min(0).optional().meta({ description: "Seconds to wait at most; bounded by the host" });
const limit = z.coerce.number().int().min(1).optional();
const time = z
  .string()
  .transform((given, ctx) => {
    const millis = /^\d+$/.test(given) ? Number(given) : Date.parse(given);
    if (Number.isFinite(millis)) return millis;
    ctx.addIssue("must be a date, or milliseconds since the epoch");
    return z.NEVER;
  })
  .meta({ description: "A date, or milliseconds since the epoch", type: "string" });

function list<T extends readonly string[]>(values: T) {
  return z
    .union([text, z.array(text)])
    .transform((given) => [given].flat().flatMap((each) => each.split(",")))
    .pipe(z.array(z.enum(values)));
}

const attributes = z
  .string()
  .transform((given, ctx) => {
    const parsed = parseObject(given);
    if (parsed !== undefined) return parsed as Readonly<Record<string, string | number | boolean>>;
    ctx.addIssue("must be a JSON object");
    return z.NEVER;
  })
  .meta({ description: 'JSON object, e.g. {"team":"a"}', type: "string" });

function parseObject(json: string): object | undefined {
  try {
    const value = JSON.parse(json) as unknown;
    return isObject(value) ? (value as object) : undefined;
  } catch {
    return undefined;
  }
}

export const ListQuery = z.strictObject({
  workflow: text.optional(),
  status: list(STATUSES).optional(),
  rootId: text.optional(),
  parentId: text.optional(),
  startedAfter: time.optional(),
  startedBefore: time.optional(),
  attributes: attributes.optional(),
  blocked: flag.optional().meta({ description: "Only those that cannot go on with the loaded code" }),
  limit,
  cursor: text.optional(),
});

export const WaitQuery = z.strictObject({ wait });

export const EventsQuery = z.strictObject({
  after: text.optional().meta({ description: "Cursor of the last event that is known; exclusive" }),
  descendants: flag.optional().meta({ description: "The whole tree below, too; so by default" }),
  types: list(EVENT_TYPES).optional(),
  workflow: text.optional(),
  parentId: text.optional(),
  limit,
  wait,
  follow: flag.optional().meta({ description: "Of a stream: go on until all has ended; so by default" }),
});

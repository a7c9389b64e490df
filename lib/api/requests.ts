/**
 * Shapes of what is asked. Looked at only as far as is needed to hand it on: what a value means is checked by the engine,
 * in one place for all who ask. What is described of such a value stands in its `meta`.
 */
import { z } from "zod";
import { START_IN_BODY } from "./option-table.ts";
import { EVENT_TYPES, STATUSES } from "./shapes.ts";

const text = z.string();
const flag = z.stringbool({ truthy: ["true", "1", ""], falsy: ["false", "0"] }).meta({ type: "boolean" });

const fields = z.custom<Readonly<Record<string, unknown>>>(isObject, "must be an object").meta({ type: "object" });
function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  id: "The user's own id, at most 256 characters",
  retry: "Retry of the execution as a whole",
};

/**
 * Of a start, everything but the workflow and its input: described here as the table of options has it, and handed on as
 * it is, since one check says what is wrong in the same words to all who ask.
 */
export const startOptions = Object.fromEntries(
  Object.entries(START_IN_BODY.fields).map(([name, { json }]) => [
    name,
    z
      .unknown()
      .optional()
      .meta({ ...json, ...(DESCRIPTIONS[name] === undefined ? undefined : { description: DESCRIPTIONS[name] }) }),
  ]),
);

/** Fields that do not exist are refused with the other options (`START_IN_BODY`). */
export const StartBody = z
  .looseObject({ workflow: text, input: z.unknown().optional(), ...startOptions })
  .meta({ additionalProperties: false });
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

/** The door for signals: a payload that does not fit is refused without waking anybody (D11), and what fits is stored (D2). */
import type { Workflow } from "../kernel/definition.ts";
import { TreelineError } from "../kernel/errors.ts";
import { type StandardSchema, validate } from "../kernel/schema.ts";
import type { CheckedAtDoor } from "../kernel/signal-check.ts";
import type { Session } from "./session.ts";

export interface Fitting {
  /** What the workflow's own schema makes of the payload: this is stored. */
  readonly payload: unknown;
  /** What the schema of the wait that will have it makes of that. */
  readonly checked?: CheckedAtDoor;
}

/** @throws ValidationError, TreelineError `invalid_argument` when the workflow takes no such signal */
export async function letIn(
  workflow: Workflow | undefined,
  session: Session | undefined,
  name: string,
  given: unknown,
): Promise<Fitting> {
  const declared = workflow?.signals;
  if (declared !== undefined && !Object.hasOwn(declared, name)) {
    const known = Object.keys(declared).join(", ");
    throw new TreelineError(
      "invalid_argument",
      `${workflow?.name} takes no signal ${name}; it takes: ${known || "none"}`,
    );
  }
  const what = `payload of signal ${name}`;
  const payload = await validate(declared?.[name], given, what);
  const schema = waitingSchema(session, name);
  // What the workflow declares has been asked, even if a wait names it again.
  if (schema === undefined || schema === declared?.[name]) return { payload };
  return { payload, checked: { schema, value: await validate(schema, payload, what) } };
}

/** Of the wait that will have the signal: the first that listens to it. */
function waitingSchema(session: Session | undefined, name: string): StandardSchema | undefined {
  for (const { operation } of session?.machine.receivers ?? []) {
    if (operation.settled === "no" && operation.mail?.schemas.has(name) === true)
      return operation.mail.schemas.get(name);
  }
  return undefined;
}

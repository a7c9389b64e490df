/** The form that nearly all of AWS's requirements have: one handler, started once, perhaps a callback from outside. */
import { workflow } from "../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../lib/kernel/context.ts";
import type { Workflow } from "../../lib/kernel/definition.ts";
import type { Expectation, OutsideAction, Scenario, ScriptAction } from "./scenario.ts";

export interface Requirement {
  /** AWS's number, e.g. `5-7`, with a suffix where a row has several scenarios; the row is `aws:5-7`. */
  readonly id: string;
  readonly title: string;
  /** Where not the row of the id. */
  readonly rows?: readonly string[];
  readonly input?: unknown;
  /** As in a handler of AWS's, the input has the type that is said here. */
  readonly run: (ctx: WorkflowContext, input: any) => unknown;
  /** Workflows that the handler starts. */
  readonly others?: readonly Workflow<any, any>[];
  readonly script?: readonly ScriptAction[];
  readonly expect: Expectation;
  readonly options?: Scenario["start"][number]["options"];
}

/** Name of a workflow of a requirement: unique over all scenarios. */
export function nameOf(id: string, part = "handler"): string {
  return `aws-${id}.${part}`;
}

export function requirement(of: Requirement): Scenario {
  const name = nameOf(of.id);
  const number = /^\d+-\d+/.exec(of.id)?.[0] ?? of.id;
  return {
    id: of.id,
    rows: of.rows ?? [`aws:${number}`],
    title: of.title,
    workflows: [
      workflow({ name }, async (ctx: WorkflowContext, input: unknown) => of.run(ctx, input)),
      ...(of.others ?? []),
    ],
    start: [
      {
        workflow: name,
        ...(of.input === undefined ? undefined : { input: of.input }),
        ...(of.options === undefined ? undefined : { options: of.options }),
      },
    ],
    ...(of.script === undefined ? undefined : { script: of.script }),
    expect: of.expect,
  };
}

// ---- what the outside does to the root's callbacks --------------------------------------------------------------

type CallbackAction = Extract<OutsideAction, { kind: "callback" | "callback-fail" | "heartbeat" }>;

export function succeed(name: string, payload?: unknown): CallbackAction {
  return { kind: "callback", path: "/", name, succeed: payload };
}

export function fail(name: string, message: string): CallbackAction {
  return { kind: "callback-fail", path: "/", name, error: { type: "ExternalError", message } };
}

export function heartbeat(name: string): CallbackAction {
  return { kind: "heartbeat", path: "/", name };
}

export function at(time: number, action: CallbackAction): ScriptAction {
  return { at: time, do: action };
}

/** As soon as the root waits for that callback; for any, when the name is empty. */
export function soon(action: CallbackAction): ScriptAction {
  return { when: { path: "/", waitsFor: action.name }, do: action };
}

/** What is sent to executions: signals, cancels, stops, patches of their state, answers to callbacks. */
import { TreelineError } from "../kernel/errors.ts";
import { executionOfCallback } from "../kernel/keys.ts";
import { FailBody, PatchBody, ReasonBody, SignalBody, SucceedBody } from "./requests.ts";
import { route, type Answer, type Call, type Route } from "./route.ts";

const TAKEN: Answer = { status: 204 };
/** Who asks may have been slower than the end, and has what was wanted: that it runs no more. */
const LEFT_ALONE = "An execution that has ended is left as it is, and the answer is 204 too.";
const answers = { 204: { description: "It is durably taken in" } };

const cancel = route(
  {
    method: "POST",
    path: "/executions/{id}/cancel",
    scope: "namespace",
    name: "cancelExecution",
    summary: "Ask it to cancel: it may clean up first, and so may everything below it",
    description: LEFT_ALONE,
    body: ReasonBody,
    bodyOptional: true,
    answers,
    problems: [404],
  },
  async ({ client, id, namespace, body }) => {
    await client.cancel(id, body?.reason, namespace);
    return TAKEN;
  },
);

const stop = route(
  {
    method: "POST",
    path: "/executions/{id}/stop",
    scope: "namespace",
    name: "stopExecution",
    summary: "End it at once, without cleanup",
    description: LEFT_ALONE,
    body: ReasonBody,
    bodyOptional: true,
    answers,
    problems: [404],
  },
  async ({ client, id, namespace, body }) => {
    await client.stop(id, body?.reason, namespace);
    return TAKEN;
  },
);

const signal = route(
  {
    method: "POST",
    path: "/executions/{id}/signals",
    scope: "namespace",
    name: "signalExecution",
    summary: "Send it a signal: it reads it when it listens to that name",
    body: SignalBody,
    answers,
    problems: [404, 409, 429],
  },
  async ({ client, id, namespace, body }) => {
    const { name, payload, signalId } = body;
    await client.signal(id, name, payload, { namespace, ...(signalId === undefined ? undefined : { signalId }) });
    return TAKEN;
  },
);

const patch = route(
  {
    method: "PATCH",
    path: "/executions/{id}/state",
    scope: "namespace",
    name: "patchState",
    summary: "Merge into its state",
    body: PatchBody,
    answers,
    problems: [404, 409],
  },
  async ({ client, id, namespace, body }) => {
    await client.patchState(id, body.patch, body.ifVersion, namespace);
    return TAKEN;
  },
);

const succeed = route(
  {
    method: "POST",
    path: "/callbacks/{id}/succeed",
    scope: "callback",
    name: "succeedCallback",
    summary: "Give an execution the result that it waits for",
    body: SucceedBody,
    bodyOptional: true,
    answers,
    problems: [404],
  },
  async (call) => {
    await checkCallback(call);
    await call.client.callbacks.succeed(call.id, call.body?.payload);
    return TAKEN;
  },
);

const fail = route(
  {
    method: "POST",
    path: "/callbacks/{id}/fail",
    scope: "callback",
    name: "failCallback",
    summary: "Tell an execution that what it waits for has failed",
    body: FailBody,
    answers,
    problems: [404],
  },
  async (call) => {
    await checkCallback(call);
    const { type, message, data } = call.body;
    const extras = { ...(type === undefined ? undefined : { type }), ...(data === undefined ? undefined : { data }) };
    await call.client.callbacks.fail(call.id, { message, ...extras });
    return TAKEN;
  },
);

const heartbeat = route(
  {
    method: "POST",
    path: "/callbacks/{id}/heartbeat",
    scope: "callback",
    name: "heartbeatCallback",
    summary: "Tell an execution that what it waits for still goes on",
    answers,
    problems: [404],
  },
  async (call) => {
    await checkCallback(call);
    await call.client.callbacks.heartbeat(call.id);
    return TAKEN;
  },
);

/** Below a namespace only its own are answered (D6); without one, the id is the right to answer. */
async function checkCallback({ client, id, namespace, inNamespace }: Call): Promise<void> {
  if (!inNamespace) return;
  try {
    await client.execution(executionOfCallback(id), namespace);
  } catch (error) {
    if (!(error instanceof TreelineError) || error.code !== "execution_not_found") throw error;
    throw new TreelineError("callback_not_found", `there is no open callback ${id} in namespace ${namespace}`);
  }
}

export const requestRoutes: readonly Route[] = [cancel, stop, signal, patch, succeed, fail, heartbeat];

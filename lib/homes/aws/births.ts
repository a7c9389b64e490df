/** Creates executions: roots for clients, children for parents. One path, one set of checks (K7). */
import {
  type BirthParent,
  type BirthRequest,
  checkInput,
  firstRun,
  refuseRecursion,
  staticsOf,
  unknownWorkflow,
} from "../../engine/birth.ts";
import type { ExecutionStatics } from "../../engine/statics.ts";
import { ExecutionAlreadyStartedError } from "../../kernel/errors.ts";
import type { Millis, RunEntry } from "../../kernel/journal.ts";
import { hashText } from "../../kernel/random.ts";
import type { Workflow } from "../../kernel/definition.ts";
import type { AwsContext } from "./context.ts";
import { hasEnded, type Head, newHead } from "./head.ts";
import { findHead } from "./heads.ts";
import { refuseCircle } from "./own-line.ts";
import { segmentItems } from "./journal.ts";
import { headKey, nameKey } from "./keys.ts";
import { Meter } from "./meter.ts";
import { meteredContext } from "./metered.ts";
import { MAX_DELAY_SECONDS, type Sending } from "./services.ts";
import { ABSENT, type Condition, type Item } from "./table.ts";

/** `existing`: the id was taken and the caller wanted whoever has it. */
export interface Born {
  readonly statics: ExecutionStatics;
  readonly existing: boolean;
}

/**
 * Creates the head and sends the launch. Repeated with the same id, it creates nothing and sends the launch again.
 * @throws ValidationError, TreelineError `workflow_unknown`, LimitError, ExecutionAlreadyStartedError; nothing exists then
 */
export async function giveBirth(outer: AwsContext, request: BirthRequest, parent?: BirthParent): Promise<Born> {
  // A root pays for its own birth, and a parent for those of its children.
  const cx = outer.meter === undefined ? meteredContext(outer, new Meter()) : outer;
  const { born, item } = await createHead(cx, request, parent);
  if (item !== undefined) await cx.queues.send([launchOf(cx, item, born.statics)]);
  return born;
}

/** The head alone: of a child that will be told to end before it begins (K10). */
export async function createHead(
  cx: AwsContext,
  request: BirthRequest,
  parent: BirthParent | undefined,
): Promise<{ born: Born; item: Item | undefined }> {
  const workflow = cx.workflows.find(request.workflow, request.version);
  if (workflow === undefined) throw unknownWorkflow(request, cx.workflows.names());
  const { payload, fingerprint } = await checkInput(workflow, request, cx.limits.payload);
  if (parent !== undefined) refuseRecursion(request, workflow, parent, fingerprint, cx.limits.depth);
  const { namespace } = request;
  await cx.registry.note(cx.table, { namespace, workflow: workflow.name, retentionMs: workflow.retentionMs });
  const now = cx.clock.now();
  const id = parent?.child.id ?? cx.ids.root();
  cx.meter?.isAbout(id);
  const statics = staticsOf(request, workflow, { id, now, fingerprint, parent });
  const run = firstRun(request, statics, payload, now);
  const isBig = payload.length + (run.state?.length ?? 0) > cx.settings.headBytes / 2;
  const birth = isBig ? await putBirth(cx, id, run) : undefined;
  const ancestors = parent?.ancestors ?? [];
  const head = newHead(statics, ancestors, classOf(workflow), birth === undefined ? [run] : birth);
  const item: Item = statics.startAt === undefined ? head : { ...head, nb: statics.startAt };
  if (request.publicId !== undefined) return claim(cx, request, request.publicId, statics, item, parent);
  const written = await cx.table.put(item, ABSENT);
  // It is there already, from a parent that died before it sent the launch.
  return { born: { statics, existing: false }, item: written.done ? item : written.item };
}

/**
 * A big input stands in the journal's own items, before the head tells of it. Two may do this for one child, at different
 * times: a slow parent, and the one that took it over. The head of the first one tells which of the two counts.
 */
async function putBirth({ table, settings }: AwsContext, id: string, run: RunEntry): Promise<string> {
  const birth = hashText(JSON.stringify(run));
  const items = segmentItems(
    id,
    { epoch: 0, position: 0, entries: [run], follows: undefined },
    settings.chunkBytes,
    birth,
  );
  await Promise.all(items.map((item) => table.put(item)));
  return birth;
}

function classOf(workflow: Workflow): "short" | "long" {
  return workflow.executor ?? "short";
}

function launchOf({ clock, settings }: AwsContext, item: Item, { id, startAt }: ExecutionStatics): Sending {
  return {
    queue: "launches",
    executor: item["cls"] === "long" ? "long" : "short",
    message: { kind: "launch", id },
    ...delay(clock.now(), startAt, settings.hostAfterMs),
  };
}

/** Beyond what SQS can hold back it comes early, and Step Functions holds the rest. */
export function delay(now: Millis, due: Millis | undefined, otherwise: Millis): { delaySeconds?: number } {
  if (due === undefined || due <= now) return {};
  const seconds = Math.ceil((due - now) / 1_000);
  return { delaySeconds: seconds <= MAX_DELAY_SECONDS ? seconds : Math.ceil(otherwise / 1_000) };
}

// ---- ids that users give ----------------------------------------------------------------------------------------

interface Claim {
  readonly born: Born;
  readonly item: Item | undefined;
}

/** Applies the id policies: the pointer of the id and the head are written in one transaction. */
async function claim(
  cx: AwsContext,
  request: BirthRequest,
  publicId: string,
  statics: ExecutionStatics,
  item: Item,
  parent: BirthParent | undefined,
  tookOver = false,
): Promise<Claim> {
  const key = nameKey(request.namespace, publicId);
  const pointer = await cx.table.get(key, true);
  const holder = pointer === undefined ? undefined : await findHead(cx.table, String(pointer["id"]));
  // From an attempt before, whose writer died.
  if (holder?.statics.id === statics.id) return { born: { statics, existing: false }, item };
  if (holder !== undefined && !hasEnded(holder)) {
    const isWait = request.idConflict === "use_existing" && parent?.child.awaited === true;
    if (parent !== undefined && (isWait || request.idConflict === "terminate_existing"))
      await refuseCircle(cx, isWait ? "wait for" : "stop", parent.statics, holder.statics);
    if (request.idConflict === "use_existing") return joined(holder);
    if (request.idConflict !== "terminate_existing") throw isRunning(publicId, holder);
    await cx.stop(cx, holder.statics.id, "another execution took its id");
    // Somebody else may have taken the id over while it was being ended.
    return claim(cx, request, publicId, statics, item, parent, true);
  }
  if (holder !== undefined && !tookOver) refuseReuse(request, publicId, holder);
  const free: Condition = pointer === undefined ? ABSENT : { attribute: "id", is: pointer["id"] ?? "" };
  const done = await cx.table.transact([
    { put: { ...key, fmt: 1, id: statics.id }, condition: free },
    { put: item, condition: ABSENT },
  ]);
  if (done) return { born: { statics, existing: false }, item };
  // Another was faster; or it was born before, and another has taken the id since.
  const own = await findHead(cx.table, statics.id);
  if (own !== undefined) return { born: { statics, existing: false }, item };
  return claim(cx, request, publicId, statics, item, parent, tookOver);
}

/**
 * Whoever created it may have died before the launch was sent, and this may be him, or his caller, repeating himself:
 * one that has not begun is launched again.
 */
function joined({ statics, epoch, executor }: Head): Claim {
  const item = epoch > 0 ? undefined : { ...headKey(statics.id), cls: executor };
  return { born: { statics, existing: true }, item };
}

function isRunning(publicId: string, { statics }: Head): ExecutionAlreadyStartedError {
  return new ExecutionAlreadyStartedError(
    `execution ${publicId} of ${statics.workflow} is running; choose another id, or set idConflict`,
    publicId,
    statics.workflow,
  );
}

function refuseReuse({ idReuse = "allow" }: BirthRequest, publicId: string, { statics, status }: Head): void {
  if (idReuse === "allow" || (idReuse === "allow_failed_only" && status !== "SUCCEEDED")) return;
  throw new ExecutionAlreadyStartedError(
    `execution ${publicId} of ${statics.workflow} has ended ${status}, and idReuse is "${idReuse}"`,
    publicId,
    statics.workflow,
  );
}

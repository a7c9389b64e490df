/** Creates executions: roots for clients, children for parents. One path, one set of checks (K7). */
import { validate } from "../../kernel/schema.ts";
import type { Workflow } from "../../kernel/definition.ts";
import { ExecutionAlreadyStartedError, LimitError, StoppedError, TreelineError } from "../../kernel/errors.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import type { ChildDetails, Millis, Payload } from "../../kernel/journal.ts";
import type { Mutable } from "../../kernel/mutable.ts";
import { endOf } from "../../kernel/duration.ts";
import { pathSegment } from "../../kernel/keys.ts";
import { decode, encode } from "../../kernel/payload.ts";
import { hashText } from "../../kernel/random.ts";
import { checkPayloadSize, checkStartSize } from "../../kernel/payload-size.ts";
import { type Ancestry, ancestryOf, includes } from "./ancestry.ts";
import type { BirthRequest } from "../../engine/birth.ts";
import { stopped } from "../../engine/stopped.ts";
import { refuseCircle } from "./own-line.ts";
import type { ExecutionStatics } from "./records.ts";
import type { Runtime } from "./runtime.ts";
import { Slot } from "./slot.ts";

/** What a new execution is made of, whoever asks for it. */
export interface Birth extends BirthRequest {
  readonly parent?: {
    readonly slot: Slot;
    readonly key: string;
    readonly child: ChildDetails;
    readonly generation: number;
    readonly attempt: number;
  };
}

/** `existing`: the id was taken and the caller wanted whoever has it. */
export type Born = { readonly slot: Slot; readonly existing: boolean };

/** What a birth brings when all about it but its id has been looked at. */
interface Checked {
  readonly workflow: Workflow;
  readonly payload: Payload;
  readonly ancestry: Ancestry;
}

export class Launcher {
  readonly #runtime: Runtime;
  /** Children whose input is still being looked at, by their id. */
  readonly #underway = new Map<string, Promise<void>>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Resolves when it is settled whether there will be a child of this id; undefined when none is under way. */
  underway(id: string): Promise<void> | undefined {
    return this.#underway.get(id);
  }

  /** Carries out a parent's CHILD operation; answers by delivering to the parent. */
  launch(parent: Slot, key: string, child: ChildDetails, again: boolean): void {
    if (again && (this.#underway.has(child.id) || this.#isThere(parent, key, child))) return;
    const { generation, attempt } = parent;
    try {
      const born = this.create({
        ...child,
        namespace: parent.statics.namespace,
        input: decode(child.input),
        parent: { slot: parent, key, child, generation, attempt },
      });
      if (born instanceof Promise) this.#await(parent, key, child, born);
      else this.#accept(parent, key, child, born);
    } catch (error) {
      this.#refuse(parent, key, error, generation);
    }
  }

  #await(parent: Slot, key: string, child: ChildDetails, born: Promise<Born>): void {
    const { generation } = parent;
    const settled = born.then(
      (accepted) => {
        if (parent.generation === generation) this.#accept(parent, key, child, accepted);
      },
      (error: unknown) => this.#refuse(parent, key, error, generation),
    );
    const over = settled.finally(() => this.#underway.delete(child.id));
    this.#underway.set(child.id, over);
    this.#runtime.work(over);
  }

  /**
   * @throws ValidationError, TreelineError `workflow_unknown`, LimitError, ExecutionAlreadyStartedError; nothing exists then
   */
  create(birth: Birth): Born | Promise<Born> {
    const workflow = this.#runtime.definitions.find(birth.workflow, birth.version);
    return workflow instanceof Promise
      ? workflow.then((found) => this.#checked(birth, found))
      : this.#checked(birth, workflow);
  }

  #checked(birth: Birth, workflow: Workflow | undefined): Born | Promise<Born> {
    if (workflow === undefined) {
      const version = birth.version === undefined ? "" : ` in version ${birth.version}`;
      const known = this.#runtime.definitions.names().join(", ");
      throw new TreelineError(
        "workflow_unknown",
        `workflow ${birth.workflow}${version} is not known here; known: ${known || "none"}`,
      );
    }
    const valid = validate(workflow.input, birth.input, `input of ${workflow.name}`);
    return valid instanceof Promise
      ? valid.then((input) => this.#admit(birth, workflow, input))
      : this.#admit(birth, workflow, valid);
  }

  #admit(birth: Birth, workflow: Workflow, input: unknown): Born | Promise<Born> {
    const payload = encode(input, `input of ${workflow.name}`);
    checkPayloadSize(payload, this.#runtime.limits.payload, `input of ${workflow.name}`);
    checkStartSize(birth, workflow.name, this.#runtime.limits.payload);
    const fingerprint = hashText(`${workflow.name}\n${payload}`);
    const above = birth.parent === undefined ? undefined : ancestryOf(this.#runtime, birth.parent.slot);
    this.#refuseRecursion(birth, workflow, above, fingerprint);
    const ancestry: Ancestry = { fingerprint, above };
    const checked: Checked = { workflow, payload, ancestry };
    return birth.publicId === undefined ? this.#bear(birth, checked) : this.#claim(birth, birth.publicId, checked);
  }

  #bear(birth: Birth, { workflow, payload: input, ancestry }: Checked): Born {
    if (birth.parent !== undefined && isTooLate(birth.parent)) throw stoppedEarly(birth.parent.slot);
    const statics = this.#statics(birth, workflow, ancestry.fingerprint);
    const slot = new Slot(this.#runtime, statics, 1, 1);
    slot.ancestry = ancestry;
    this.#runtime.begin(slot, workflow, {
      t: "run",
      g: 1,
      cause: "start",
      a: 1,
      input,
      at: this.#runtime.clock.now(),
      ...(statics.startAt === undefined ? undefined : { due: statics.startAt }),
      ...(birth.state === undefined ? undefined : { state: birth.state }),
    });
    return { slot, existing: false };
  }

  #statics(birth: Birth, workflow: Workflow, fingerprint: string): ExecutionStatics {
    const { parent } = birth;
    const now = this.#runtime.clock.now();
    const id = parent?.child.id ?? this.#runtime.ids.root();
    const startAt = birth.startDelayMs === undefined || birth.startDelayMs === 0 ? undefined : now + birth.startDelayMs;
    const deadline = lifeEnd(birth, workflow, startAt ?? now);
    const retry = birth.retry ?? workflow.retry;
    const module = this.#runtime.definitions.sourceOf(workflow)?.file;
    const statics: Mutable<ExecutionStatics> = {
      id,
      publicId: birth.publicId ?? id,
      namespace: birth.namespace,
      workflow: workflow.name,
      version: workflow.version,
      digest: this.#runtime.definitions.digestOf(workflow),
      createdAt: now,
      fingerprint,
      ...(parent === undefined
        ? rootOf(id, workflow)
        : childOf(parent.slot.statics, parent.generation, parent.key, parent.child)),
    };
    const { attributes, summary, priority, meta } = birth;
    if (deadline !== undefined) statics.deadline = deadline;
    if (startAt !== undefined) statics.startAt = startAt;
    if (retry !== undefined) statics.retry = retry;
    if (attributes !== undefined) statics.attributes = attributes;
    if (summary !== undefined) statics.summary = summary;
    if (priority !== undefined) statics.priority = priority;
    if (meta !== undefined) statics.meta = meta;
    if (module !== undefined) statics.module = module;
    if (workflow.retentionMs !== undefined) statics.retentionMs = workflow.retentionMs;
    return statics;
  }

  /** Depth and recursion are refused before anything exists; the error names the chain. */
  #refuseRecursion(birth: Birth, workflow: Workflow, above: Ancestry | undefined, fingerprint: string): void {
    const parent = birth.parent?.slot.statics;
    if (parent === undefined || above === undefined) return;
    const limit = Math.min(this.#runtime.limits.depth, workflow.maxDepth ?? Number.POSITIVE_INFINITY);
    const chain = `${parent.path}/${workflow.name}`;
    if (parent.depth + 1 > limit) {
      throw new LimitError(
        "depth_exceeded",
        `${chain}: depth ${parent.depth + 1} is beyond the limit of ${limit}; raise limits.depth or maxDepth if it is meant`,
      );
    }
    if (birth.allowRecursion !== true && workflow.allowRecursion !== true && includes(above, fingerprint)) {
      throw new LimitError(
        "recursion_refused",
        `${chain}: ${workflow.name} with this input already stands among its ancestors; set allowRecursion if it is meant`,
      );
    }
  }

  // ---- ids ----------------------------------------------------------------------------------------------------

  /**
   * Applies the id policies.
   * @param tookOver the one that had the id was ended for this one
   */
  #claim(birth: Birth, publicId: string, checked: Checked, tookOver = false): Born | Promise<Born> {
    const open = this.#runtime.directory.open(birth.namespace, publicId);
    if (open !== undefined && open.fin === undefined) {
      const existing = this.#running(birth, publicId, open);
      // Somebody else may have taken the id over while it was being ended.
      return existing instanceof Promise ? existing.then(() => this.#claim(birth, publicId, checked, true)) : existing;
    }
    if (!tookOver) this.#refuseReuse(birth, publicId, open);
    return this.#bear(birth, checked);
  }

  #refuseReuse(birth: Birth, publicId: string, open: Slot | undefined): void {
    const closed =
      open === undefined
        ? this.#runtime.directory.closed(birth.namespace, publicId)
        : { ...open.statics, status: open.fin?.status };
    if (closed === undefined) return;
    const reuse = birth.idReuse ?? "allow";
    if (reuse === "allow" || (reuse === "allow_failed_only" && closed.status !== "SUCCEEDED")) return;
    throw new ExecutionAlreadyStartedError(
      `execution ${publicId} of ${closed.workflow} has ended ${closed.status}, and idReuse is "${reuse}"`,
      publicId,
      closed.workflow,
    );
  }

  #running(birth: Birth, publicId: string, open: Slot): Born | Promise<void> {
    const { parent, idConflict = "fail" } = birth;
    const isWait = idConflict === "use_existing" && parent?.child.awaited === true;
    if (parent !== undefined && (isWait || idConflict === "terminate_existing"))
      refuseCircle(this.#runtime, isWait ? "wait for" : "stop", parent.slot.statics, open.statics);
    switch (idConflict) {
      case "use_existing":
        return { slot: open, existing: true };
      case "terminate_existing":
        return this.#runtime.endings.endWithoutCode(open, "STOPPED", stopped("another execution took its id"));
      default:
        throw new ExecutionAlreadyStartedError(
          `execution ${publicId} of ${open.statics.workflow} is running; choose another id, or set idConflict`,
          publicId,
          open.statics.workflow,
        );
    }
  }

  // ---- answers ------------------------------------------------------------------------------------------------

  #refuse(parent: Slot, key: string, error: unknown, generation: number): void {
    const at = this.#runtime.clock.now();
    this.#runtime.deliver(parent, { t: "err", k: key, e: toErrorObject(error), at }, generation);
  }

  #accept(parent: Slot, key: string, child: ChildDetails, { slot, existing }: Born): void {
    parent.arrived(key);
    if (!child.awaited) return this.#acknowledge(parent, key, existing ? slot.id : undefined);
    if (existing) this.#use(parent, key, slot.id);
  }

  /** An execution that somebody else started does not know this parent: its end has to be looked for. */
  #use(parent: Slot, key: string, id: string): void {
    const { generation } = parent;
    parent.expects(key);
    this.#runtime.deliver(parent, { t: "ack", k: key, id, at: this.#runtime.clock.now() }, generation);
    this.#runtime.directory.watch(parent, key, id);
  }

  /** @param id of another execution than the one that was asked for */
  #acknowledge(parent: Slot, key: string, id?: string): void {
    const other = id === undefined ? undefined : { id };
    const { generation } = parent;
    this.#runtime.whenDurable(
      () => this.#runtime.deliver(parent, { t: "ack", k: key, ...other, at: this.#runtime.clock.now() }, generation),
      parent.statics.rootId,
    );
  }

  /** After a restart: the child may have been born, and may have ended, before. */
  #isThere(parent: Slot, key: string, child: ChildDetails): boolean {
    const { namespace } = parent.statics;
    const open = this.#runtime.slots.find(child.id);
    if (open !== undefined) {
      if (!child.awaited) this.#acknowledge(parent, key);
      else this.#runtime.directory.watchChild(parent, key, open);
      return true;
    }
    const known = this.#runtime.store.head(child.id) ?? this.#taken(namespace, child);
    if (known === undefined) return false;
    if (!child.awaited) this.#acknowledge(parent, key, known.id === child.id ? undefined : known.id);
    else if (known.id !== child.id) this.#use(parent, key, known.id);
    else this.#runtime.directory.watch(parent, key, known.id);
    return true;
  }

  /** With `use_existing` the one it found may have ended meanwhile: it is still the one. */
  #taken(namespace: string, child: ChildDetails): { id: string } | undefined {
    if (child.publicId === undefined || child.idConflict !== "use_existing") return undefined;
    return (
      this.#runtime.directory.open(namespace, child.publicId) ??
      this.#runtime.directory.closed(namespace, child.publicId)
    );
  }
}

/** Its parent ended, or failed and was tried again, while its input was being looked at: its close policy would be missed. */
function isTooLate({ slot, child, attempt }: NonNullable<Birth["parent"]>): boolean {
  return child.policy !== "abandon" && (slot.fin !== undefined || slot.attempt !== attempt);
}

function stoppedEarly({ statics }: Slot): StoppedError {
  return new StoppedError("stopped", `${statics.path} (${statics.id}) ended before this child of it began`);
}

function rootOf(id: string, workflow: Workflow): Pick<ExecutionStatics, "rootId" | "depth" | "path"> {
  return { rootId: id, depth: 0, path: workflow.name };
}

function childOf(
  parent: ExecutionStatics,
  generation: number,
  key: string,
  child: ChildDetails,
): Partial<ExecutionStatics> & Pick<ExecutionStatics, "rootId" | "depth" | "path"> {
  return {
    rootId: parent.rootId,
    depth: parent.depth + 1,
    path: `${parent.path}/${pathSegment(key)}`,
    parentId: parent.id,
    parentOperation: key,
    parentGeneration: generation,
    policy: child.policy,
    awaited: child.awaited,
  };
}

/**
 * A child's own deadline is never past its parent's unless it is abandoned. One without a deadline of its own inherits
 * none: the close policy decides what becomes of it when its parent times out.
 */
function lifeEnd(birth: Birth, workflow: Workflow, begins: Millis): Millis | undefined {
  const own = birth.executionTimeoutMs ?? workflow.executionTimeoutMs;
  if (own === undefined) return undefined;
  const { parent } = birth;
  const bound = parent === undefined || parent.child.policy === "abandon" ? undefined : parent.slot.statics.deadline;
  return Math.min(endOf(begins, own, `executionTimeout of ${workflow.name}`), bound ?? Number.POSITIVE_INFINITY);
}

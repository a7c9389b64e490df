/**
 * Executions that cannot go on with the code that is loaded (D33): they are kept as they are, shown as blocked, and
 * brought back when code is registered that may fit them.
 *
 * Their journal stands still, but for an entry that tells readers why. Deadlines and stops still end them; signals and
 * cancels are left in the inbox and are delivered when code fits.
 */
import { continues } from "../../engine/registered-workflows.ts";
import type { Workflow } from "../../kernel/definition.ts";
import type { BlockedEntry, BlockedReason, CodeEntry, Entry, Millis } from "../../kernel/journal.ts";
import { isNote } from "../../kernel/journal.ts";
import type { JournalMismatchError } from "../../kernel/journal-mismatch.ts";
import type { Blocked } from "../../ports/client.ts";
import type { ExecutionHead, ExecutionStatics } from "./records.ts";
import type { Runtime } from "./runtime.ts";
import type { Slot } from "./slot.ts";

/** What becomes of an execution whose journal does not fit the loaded code. */
export type OnCodeMismatch = "block" | "fail";

export class Blocks {
  readonly #runtime: Runtime;
  readonly #onMismatch: OnCodeMismatch;
  readonly #since: Millis;

  constructor(runtime: Runtime, onMismatch: OnCodeMismatch) {
    this.#runtime = runtime;
    this.#onMismatch = onMismatch;
    this.#since = runtime.clock.now();
  }

  /** No loaded workflow continues its version. */
  notLoaded(slot: Slot): void {
    const { reason, difference } = this.#missing(slot.statics);
    this.#block(slot, reason, difference);
  }

  #missing({ workflow, version, module }: ExecutionStatics): Omit<Blocked, "since"> {
    const loaded = this.#runtime.definitions.versionsOf(workflow);
    const origin = module === undefined ? "" : `; it was loaded from ${module}`;
    if (loaded.length === 0) {
      return { reason: "workflow_not_loaded", difference: `workflow ${workflow} is not loaded here${origin}` };
    }
    const difference =
      `version ${version} of workflow ${workflow} is not loaded here${origin}. Loaded: ${loaded.join(", ")}. ` +
      `Load version ${version} as well, or declare compatibleWith: ["${version}"]`;
    return { reason: "version_not_loaded", difference };
  }

  /** Its journal does not fit the code of its session. True: it is kept. */
  keeps(slot: Slot, { difference }: JournalMismatchError): boolean {
    const workflow = slot.session?.options.workflow;
    if (this.#onMismatch === "fail" || workflow === undefined) return false;
    const { version } = slot.statics;
    const digest = this.#runtime.definitions.digestOf(workflow);
    const writer = slot.writer ?? { version, digest: slot.statics.digest };
    const code =
      writer.digest === digest
        ? `The code has the same version ${workflow.version} and digest ${digest} as the code that wrote the journal: ` +
          "something that it uses has changed, or it is not deterministic."
        : `The journal was written by version ${writer.version} (digest ${writer.digest}); ` +
          `loaded is version ${workflow.version} (digest ${digest}).`;
    slot.waiting.unshift(...(slot.session?.machine.queued() ?? []));
    this.#block(slot, "code_changed", `${difference}\n${code}`, workflow);
    return true;
  }

  /** Its replay by this code ended the process, so it stands still until other code is loaded. */
  endsProcess(slot: Slot, by: Workflow, times: number): void {
    const digest = this.#runtime.definitions.digestOf(by);
    const what = `version ${by.version} of workflow ${by.name} (digest ${digest}) ended the process while it was replayed`;
    this.#block(
      slot,
      "ends_process",
      `${what}, ${times} times in a row. Mend the code and load it, or stop the execution`,
      by,
    );
  }

  #block(slot: Slot, reason: BlockedReason, difference: string, by?: Workflow): void {
    const { clock } = this.#runtime;
    const known = slot.noted;
    const isKnown = known?.why === reason && known.n === difference;
    const entry: BlockedEntry = isKnown ? known : { t: "blocked", why: reason, n: difference, at: clock.now() };
    if (!isKnown) {
      slot.append(entry);
      this.#warn(slot, entry);
    }
    slot.noted = entry;
    slot.blocked = { view: { reason, since: entry.at, difference }, by };
    slot.retried = false;
    this.#runtime.keepBlocked(slot, slot.blocked.view);
  }

  #warn({ statics: { id, workflow, path } }: Slot, { n }: BlockedEntry): void {
    const message = `${path} (${id}) is blocked: ${n}`;
    this.#runtime.log({ level: "warn", message, executionId: id, workflow, path });
  }

  /** Its journal fits the code of its session, or its code has not begun. */
  fits(slot: Slot): void {
    if (slot.blocked === undefined && slot.noted === undefined) return;
    this.sign(slot);
    slot.blocked = undefined;
    slot.retried = false;
    slot.noted = undefined;
  }

  /** Before the first entry that its session adds: who writes from here on, when it is other code than before. */
  sign(slot: Slot): void {
    const workflow = slot.session?.options.workflow;
    if (slot.signed || workflow === undefined) return;
    slot.signed = true;
    const digest = this.#runtime.definitions.digestOf(workflow);
    if (slot.noted === undefined && digest === (slot.writer?.digest ?? slot.statics.digest)) return;
    slot.writer = { t: "code", version: workflow.version, digest, at: this.#runtime.clock.now() };
    slot.append(slot.writer);
  }

  /** What its journal says about the code that wrote it, and why it stood still. */
  read(slot: Slot, entries: readonly Entry[]): void {
    const last = entries.findLast(isNote);
    slot.noted = last?.t === "blocked" ? last : undefined;
    slot.writer = entries.findLast((entry): entry is CodeEntry => entry.t === "code");
    slot.signed = false;
  }

  /** Code was registered: brings back exactly those that wait for it. */
  registered(workflow: Workflow): void {
    for (const slot of this.#runtime.slots.values()) {
      if (slot.blocked === undefined || slot.statics.workflow !== workflow.name) continue;
      if (!continues(workflow, slot.statics.version)) continue;
      if (this.#runtime.definitions.of(slot.statics) === slot.blocked.by) continue;
      slot.retried = true;
      this.#runtime.load(slot);
    }
  }

  /** As readers see it. Of one that is not in memory, the definitions alone tell whether its version is loaded. */
  viewOf(head: ExecutionHead): Blocked | undefined {
    const { blocked, session } = this.#runtime.slots.get(head.id) ?? {};
    if (blocked?.by !== undefined) return blocked.view;
    if (session !== undefined || this.#runtime.definitions.of(head) !== undefined) return undefined;
    return { ...this.#missing(head), since: blocked?.view.since ?? this.#since };
  }
}

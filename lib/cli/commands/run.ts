import { setTimeout as sleep } from "node:timers/promises";
import { Option, type Command } from "commander";
import type { Durability } from "../../homes/embedded/store.ts";
import type { Outcome } from "../../kernel/context.ts";
import { TreelineError, ValidationError } from "../../kernel/errors.ts";
import { validate } from "../../kernel/schema.ts";
import type { ClientHandle } from "../../ports/client.ts";
import { storeCommand, type Job, type StoreOptions } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { aborted, follow } from "../follow.ts";
import { onInterrupt, type Interruption } from "../interrupt.ts";
import { readJson } from "../json-input.ts";
import { logTo } from "../log-line.ts";
import { describeFailure } from "../output.ts";
import { failureText, outcomeJson } from "../outcome-text.ts";
import { openRunHost, type RunHost } from "../run-host.ts";
import { findTarget, type RunTarget } from "../run-target.ts";
import { displayTarget, shellWord, suggestion } from "../terminal.ts";
import { createDisplay, createSilence, type TreeDisplay } from "../tree-display.ts";
import { isLive } from "../tree-model.ts";

const A_MOMENT_MS = 300;
const UNTIL_WE_ARE_GONE = "1s";

interface RunOptions extends StoreOptions {
  readonly input?: string;
  readonly workflow?: string;
  readonly id?: string;
  readonly durability: Durability;
  readonly detach?: true;
  readonly idempotencyKey?: string;
}

export function runCommand(job: Job): Command {
  return storeCommand("run", job)
    .description("Start a workflow and show its tree of executions until all of it has ended")
    .argument(
      "<file|name>",
      "file that exports workflows (its default export is run), or the name of one that ran here",
    )
    .option("-i, --input <json>", "JSON, @file, or - for standard input")
    .option("-w, --workflow <name>", "which of the file's workflows")
    .option("--id <id>", "id of the execution")
    .addOption(
      new Option("--durability <level>", "what it survives: kill -9, or loss of power")
        .choices(["process", "power"])
        .default("process"),
    )
    .option("--idempotency-key <key>", "with --remote: the same key with the same input is the same execution")
    .option("--detach", "only record it; the engine that owns the database, or `resume`, runs it")
    .action((what: string, options: RunOptions) => run(job, what, options));
}

async function run(job: Job, what: string, options: RunOptions): Promise<void> {
  const { terminal, output } = job;
  const target = await findTarget(what, checked(options), terminal.cwd);
  const input = await readJson(options.input, "--input", terminal);
  // Before anything is opened or made; what is started is checked again.
  await withAdvice(() => validate(target.workflow?.input, input, `input of ${target.name}`), options, target.name);
  const display =
    options.json === true || options.detach === true
      ? createSilence()
      : createDisplay(displayTarget(terminal.stderr, terminal.env));
  const log = logTo((text) => display.print(text), displayTarget(terminal.stderr, terminal.env).colors);
  const host = await openRunHost({
    name: target.name,
    place: options,
    module: target.module,
    durability: options.durability,
    log,
  });
  try {
    if (host.notice !== undefined) output.note(host.notice);
    const handle = await withAdvice(() => start(host, target, input, options), options, target.name);
    if (options.detach === true) return tellDetached(job, host, handle, options);
    await watch(job, { host, handle, display, options });
  } finally {
    display.close();
    await host.close();
  }
}

/** What was refused for want of an input is told as that. @throws ValidationError */
async function withAdvice<T>(work: () => T | Promise<T>, { input }: RunOptions, name: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (input !== undefined || !(error instanceof ValidationError)) throw error;
    const { message, issues } = error;
    throw new ValidationError(`${name} takes an input; pass it with --input: ${message}`, issues, { cause: error });
  }
}

function checked(options: RunOptions): RunOptions {
  if (options.remote !== undefined || options.idempotencyKey === undefined) return options;
  throw new TreelineError("invalid_argument", "--idempotency-key goes with --remote; here, --id does the same");
}

function start(
  host: RunHost,
  { workflow, name }: RunTarget,
  input: unknown,
  options: RunOptions,
): Promise<ClientHandle> {
  const { id, namespace, detach, idempotencyKey } = options;
  // An engine of our own is closed before that, so that nothing has begun that would be interrupted.
  const startDelay = detach === true && host.engine !== undefined ? UNTIL_WE_ARE_GONE : undefined;
  return host.client.start(workflow ?? name, input, {
    namespace,
    ...(id === undefined ? undefined : { id }),
    ...(idempotencyKey === undefined ? undefined : { idempotencyKey }),
    ...(startDelay === undefined ? undefined : { startDelay }),
  });
}

interface Watched {
  readonly host: RunHost;
  readonly handle: ClientHandle;
  readonly display: TreeDisplay;
  readonly options: RunOptions;
}

async function watch(job: Job, watched: Watched): Promise<void> {
  const { host, handle, display, options } = watched;
  const interrupt = onInterrupt();
  try {
    const ended = endOf(handle, display, interrupt);
    ended.catch(() => {}); // is awaited below, unless something else fails first
    // What else is open in the file goes on, too, for as long as we are here.
    host.engine?.resume().catch((error: unknown) => display.print(describeFailure(error)));
    await Promise.race([
      follow(host.client, { id: handle.executionId, namespace: options.namespace }, display, interrupt.signal),
      aborted(interrupt.signal),
    ]);
    const outcome = await Promise.race([ended, aborted(interrupt.signal)]);
    display.close();
    if (outcome !== undefined) tellOutcome(job, handle, outcome, options);
    if (interrupt.signal.aborted) tellInterrupted(job, watched, outcome, interrupt);
  } finally {
    interrupt.dispose();
  }
}

async function endOf(handle: ClientHandle, display: TreeDisplay, { signal }: Interruption): Promise<Outcome> {
  const outcome = await handle.outcome();
  // The tree is shown from its events, which may be a moment behind.
  void sleep(A_MOMENT_MS, undefined, { signal, ref: false }).then(
    () => sayWhatIsDetached(handle, display),
    () => {},
  );
  return outcome;
}

function sayWhatIsDetached({ executionId }: ClientHandle, display: TreeDisplay): void {
  const open = [...display.model.executions].filter((execution) => isLive(execution) && execution.id !== executionId);
  if (open.length > 0)
    display.say(`waits for ${open.length} below that nobody waits for; Ctrl-C leaves them to \`resume\``);
}

// ---- what is said -----------------------------------------------------------------------------------------------

function tellOutcome(job: Job, { publicId }: ClientHandle, outcome: Outcome, { json }: RunOptions): void {
  const { output } = job;
  if (outcome.status !== "SUCCEEDED") job.end(EXIT.failed);
  if (json === true) output.json({ id: publicId, ...outcomeJson(outcome) });
  else if (outcome.status !== "SUCCEEDED") output.note(failureText(outcome));
  else if (outcome.output !== undefined) output.result(outcome.output);
}

function tellInterrupted(
  job: Job,
  { host, handle, options }: Watched,
  outcome: Outcome | undefined,
  interrupt: Interruption,
): void {
  if (outcome === undefined) job.end(interrupt.code);
  if (options.json === true && outcome === undefined)
    job.output.json({ id: handle.publicId, executionId: handle.executionId, interrupted: true });
  job.output.note(
    host.engine === undefined
      ? `it goes on without us; see ${suggestion(job.terminal, `events ${shellWord(handle.publicId)} --follow`, host)}`
      : `${handle.publicId} is durable and waits; go on with\n  ${suggestion(job.terminal, "resume", host)}`,
  );
}

function tellDetached(job: Job, host: RunHost, { publicId, executionId }: ClientHandle, { json }: RunOptions): void {
  if (json === true) return job.output.json({ id: publicId, executionId });
  job.output.print(publicId);
  if (host.engine !== undefined)
    job.output.note(`recorded; run it with\n  ${suggestion(job.terminal, "resume", host)}`);
}

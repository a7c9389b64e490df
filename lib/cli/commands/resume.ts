import type { Command } from "commander";
import { openEngine, type Engine } from "../../homes/embedded/engine.ts";
import { TreelineError } from "../../kernel/errors.ts";
import type { ExecutionDetail, ExecutionView } from "../../ports/client.ts";
import { storeCommand, withAccess, type Job, type StoreOptions } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { glyphOf, type Paint } from "../glyphs.ts";
import { onInterrupt, type Interruption } from "../interrupt.ts";
import { findModule, isModuleName, loadModule } from "../load-module.ts";
import { logTo } from "../log-line.ts";
import { readOpenWork, type OpenWork } from "../open-work.ts";
import { failureText, outcomeJson, toOutcome } from "../outcome-text.ts";
import { describeFailure, failureJson, toText, type Output } from "../output.ts";
import { followUntilStuck } from "../resume-trees.ts";
import { displayTarget, suggestion } from "../terminal.ts";
import { harmless, toLine } from "../text.ts";
import { createDisplay, createSilence, type TreeDisplay } from "../tree-display.ts";

/** More trees than that are not drawn. */
const DRAWN_TREES = 20;

interface ResumeOptions extends StoreOptions {
  /** Files named by the user. */
  readonly modules: readonly string[];
}

export function resumeCommand(job: Job): Command {
  return storeCommand("resume", job, "a deployed engine goes on by itself")
    .description("Go on with everything in a database that has not ended, until it has")
    .argument("[files...]", "files of workflows, beside those the executions came from; or the database")
    .action((files: string[], options: StoreOptions) => resume(job, withFiles(job, files, options)));
}

/** What was named has to be there, whether or not there is something to do. @throws TreelineError */
function withFiles({ terminal }: Job, files: readonly string[], options: StoreOptions): ResumeOptions {
  const [database = options.file, another] = files.filter((file) => !isModuleName(file));
  if (another !== undefined) {
    throw new TreelineError("invalid_argument", `resume goes on with one database; got ${database} and ${another}`);
  }
  const modules = files.filter(isModuleName);
  for (const name of modules) findModule(name, terminal.cwd);
  return { ...options, file: database, modules };
}

async function resume(job: Job, options: ResumeOptions): Promise<void> {
  const pid = await withAccess(job, options, async ({ owner }) => owner?.ownerPid);
  if (pid !== undefined) return tellNothing(job, options, `process ${pid} owns ${options.file} and runs what is in it`);
  const work = readOpenWork(options.file);
  if (work.roots.length === 0) return tellNothing(job, options, "nothing to resume: every execution has ended");
  const target = displayTarget(job.terminal.stderr, job.terminal.env);
  const drawn = options.json !== true && work.roots.length <= DRAWN_TREES;
  const display = drawn ? createDisplay(target) : createSilence();
  const say = drawn ? (text: string) => display.print(text) : (text: string) => job.output.note(text);
  const engine = await openEngine({
    file: options.file,
    paused: true,
    determinism: "warn",
    log: logTo(say, target.colors),
  });
  try {
    const unloaded = await register(job, engine, work, options);
    await goOn(job, { engine, work, display, options, unloaded });
  } finally {
    display.close();
    await engine.close();
  }
}

/** A recorded file that could not be loaded. */
interface Unloaded {
  readonly module: string;
  readonly error: unknown;
}

/** A recorded file that is gone or broken holds up its own executions only; one that was named must load. */
async function register(
  job: Job,
  engine: Engine,
  { modules }: OpenWork,
  options: ResumeOptions,
): Promise<readonly Unloaded[]> {
  const { cwd } = job.terminal;
  for (const name of options.modules) {
    const module = await loadModule(name, cwd);
    engine.register(module.workflows, module);
  }
  const known = engine.workflows().map((workflow) => workflow.name);
  const unloaded: Unloaded[] = [];
  for (const name of modules) {
    try {
      const module = await loadModule(name, cwd);
      const others = module.workflows.filter((workflow) => !known.includes(workflow.name));
      engine.register(others, module);
    } catch (error) {
      unloaded.push({ module: name, error });
      if (options.json !== true) job.output.note(describeFailure(error));
    }
  }
  return unloaded;
}

interface Going {
  readonly engine: Engine;
  readonly work: OpenWork;
  readonly display: TreeDisplay;
  readonly options: ResumeOptions;
  readonly unloaded: readonly Unloaded[];
}

async function goOn(job: Job, going: Going): Promise<void> {
  const { engine, work, display, options } = going;
  const interrupt = onInterrupt();
  try {
    engine.resume().catch((error: unknown) => display.print(describeFailure(error)));
    const blocked = await followUntilStuck(engine, work.roots, display, interrupt.signal);
    display.close();
    const details = await Promise.all(work.roots.map(({ id, namespace }) => engine.get(id, namespace)));
    if (details.some(({ status }) => status !== "SUCCEEDED")) job.end(EXIT.failed);
    if (options.json === true) job.output.json(toReport(details, blocked, going.unloaded));
    else tell(job, details, blocked);
    if (interrupt.signal.aborted) tellInterrupted(job, interrupt, options);
  } finally {
    interrupt.dispose();
  }
}

// ---- what is said -----------------------------------------------------------------------------------------------

function tellNothing(job: Job, { json }: StoreOptions, text: string): void {
  if (json === true) job.output.json(toReport([], [], []));
  job.output.note(text);
}

function toReport(
  details: readonly ExecutionDetail[],
  blocked: readonly ExecutionView[],
  unloaded: readonly Unloaded[],
): unknown {
  const ended = details.filter(({ endedAt }) => endedAt !== undefined);
  return {
    ended: ended.map((detail) => outcomeJson(toOutcome(detail))),
    blocked,
    unloaded: unloaded.map(({ module, error }) => ({ module, error: failureJson(error) })),
  };
}

function tell({ output }: Job, details: readonly ExecutionDetail[], blocked: readonly ExecutionView[]): void {
  const ended = details.filter(({ endedAt }) => endedAt !== undefined);
  const [only, ...others] = ended;
  if (only !== undefined && others.length === 0) tellOnly(output, only);
  else for (const detail of ended) output.printStyled(endLine(detail, output.paint));
  for (const view of blocked) output.note(`${view.publicId} is blocked: ${view.blocked?.difference}`);
  if (blocked.length > 0) output.note("name the file that has the code: resume <file>");
}

function tellOnly(output: Output, detail: ExecutionDetail): void {
  if (detail.status === "SUCCEEDED") output.result(detail.output);
  else output.note(endText(detail));
}

function endLine(detail: ExecutionDetail, paint: Paint): string {
  return `${glyphOf(detail.status, paint)} ${toLine(detail.publicId)}  ${harmless(endText(detail))}`;
}

function endText(detail: ExecutionDetail): string {
  return detail.status === "SUCCEEDED" ? toText(detail.output) : failureText(toOutcome(detail));
}

function tellInterrupted(job: Job, { code }: Interruption, options: ResumeOptions): void {
  job.end(code);
  job.output.note(`what has not ended is durable; go on with\n  ${suggestion(job.terminal, "resume", options)}`);
}

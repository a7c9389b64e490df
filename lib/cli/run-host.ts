/**
 * Where `run` runs a workflow: in an engine of its own; with the owner of the file, when it has the very same code; or
 * in an engine with a file of its own, when the file is taken (D21); or with an engine elsewhere, over its API.
 */
import path from "node:path";
import { currentVersions } from "../engine/registered-workflows.ts";
import { openEngine, type Engine } from "../homes/embedded/engine.ts";
import { connectClient, type SocketClient } from "../homes/embedded/socket-client.ts";
import type { WorkflowFacts } from "../homes/embedded/socket-methods.ts";
import type { Durability } from "../homes/embedded/store.ts";
import { TreelineError } from "../kernel/errors.ts";
import type { Client } from "../ports/client.ts";
import type { LogSink } from "../ports/log-sink.ts";
import type { LoadedModule } from "./load-module.ts";
import { remoteClient, type RemoteAccess } from "./place.ts";
import { formatTime } from "./time.ts";

export interface RunHost {
  readonly client: Client;
  /** Absent when the file's owner runs it, or an engine elsewhere. */
  readonly engine: Engine | undefined;
  readonly file: string;
  readonly remote?: string | undefined;
  /** What is worth saying about the choice. */
  readonly notice: string | undefined;
  close(): Promise<void>;
}

export interface RunHostOptions {
  /** Of the workflow to run. */
  readonly name: string;
  readonly place: RemoteAccess;
  /** Of which workflows are run. Absent: only an owner can run it. */
  readonly module: LoadedModule | undefined;
  readonly durability: Durability;
  readonly log: LogSink;
}

/** @throws StoreError when the file is unusable */
export async function openRunHost(options: RunHostOptions): Promise<RunHost> {
  const { name, place, module } = options;
  const { file, remote } = place;
  if (remote !== undefined) {
    const client = remoteClient(remote, place);
    return { client, engine: undefined, file, remote, notice: undefined, close: async () => {} };
  }
  const owner = await connectClient(file);
  if (owner !== undefined) return besideOwner(owner, options);
  if (module === undefined) {
    const why = `${name} is neither a file (*.ts, *.js) nor a workflow that ran in ${file} before`;
    throw new TreelineError("workflow_unknown", why);
  }
  return ownEngine(file, options, undefined);
}

async function besideOwner(owner: SocketClient, options: RunHostOptions): Promise<RunHost> {
  const { place, module } = options;
  const { file } = place;
  const pid = owner.ownerPid;
  const known = await owner.workflows();
  if (module === undefined || hasSame(known, module)) {
    const notice = `process ${pid} owns ${file} and runs it there`;
    return { client: owner, engine: undefined, file, notice, close: async () => owner.close() };
  }
  owner.close();
  const { dir, name, ext } = path.parse(file);
  const ownFile = path.join(dir, `${name}-${process.pid}${ext}`);
  const notice = `process ${pid} owns ${file} and has other code; this runs in ${ownFile}`;
  return ownEngine(ownFile, options, `${notice}${tellLoaded(known, module)}`);
}

/** Where the owner has the same file from an earlier time. */
function tellLoaded(known: readonly WorkflowFacts[], { file }: LoadedModule): string {
  const source = known.find((each) => each.source?.file === file)?.source;
  if (source === undefined) return "";
  return `. That process has ${path.basename(file)} as it loaded it at ${formatTime(source.loadedAt)}: start it again to load what is there now`;
}

async function ownEngine(file: string, options: RunHostOptions, notice: string | undefined): Promise<RunHost> {
  const { module, durability, log } = options;
  const engine = await openEngine({ file, durability, log, determinism: "warn", paused: true });
  try {
    if (module !== undefined) engine.register(module.workflows, module);
  } catch (error) {
    await engine.close();
    throw error;
  }
  return { client: engine, engine, file, notice, close: () => engine.close() };
}

/** The text of a function is not all that it does: the files that it was loaded from count, too, where both are known. */
function hasSame(known: readonly WorkflowFacts[], { workflows, digest: files }: LoadedModule): boolean {
  return currentVersions(workflows).every(({ name, version, digest }) =>
    known.some(
      (each) =>
        each.name === name &&
        each.version === version &&
        each.digest === digest &&
        (each.source?.digest ?? files) === files,
    ),
  );
}

/** Which versions of the executors still have open executions, and the end of those that have none (D26). */
import { DeleteFunctionCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { ExecutorClass } from "../homes/aws/messages.ts";
import type { AwsClients } from "./aws-clients.ts";
import { asking, codeOf } from "./aws-failure.ts";
import { type Census, pinOf, takeCensus } from "./census.ts";
import { type Executor, executorsOf, LIVE, publishedVersions, type PublishedVersion } from "./executor-versions.ts";
import { outputOf, type Stack } from "./stack.ts";
import type { Waiting } from "./waiting.ts";

/**
 * `used`: open executions are pinned to it. `newer` than the live one: a deployment is under way, or was rolled back.
 * `recent`: it may have been live within the last day. `missing`: deleted, and executions are pinned to it.
 */
export type VersionState =
  | "live"
  | "aliased"
  | "used"
  | "newer"
  | "recent"
  | "unused"
  | "deleted"
  | "refused"
  | "missing";

export interface ExecutorVersion {
  readonly executor: ExecutorClass;
  readonly functionName: string;
  readonly version: string;
  readonly publishedAt?: number;
  readonly aliases: readonly string[];
  /** Open executions that are pinned to it. */
  readonly open: number;
  readonly state: VersionState;
}

export interface VersionsReport {
  readonly versions: readonly ExecutorVersion[];
  /** Open executions that have not begun, and so have no version. */
  readonly unpinned: number;
}

export interface VersionsOptions {
  readonly prune: boolean;
  /** Prunes what is recent, too. */
  readonly force: boolean;
  readonly waiting: Waiting;
}

const DAY_MS = 24 * 60 * 60_000;

export async function versionsOf(clients: AwsClients, stack: Stack, options: VersionsOptions): Promise<VersionsReport> {
  const table = outputOf(stack, "TableName");
  const executors = executorsOf(stack);
  // First the versions: one that is published while executions are counted is not known, and so not deleted.
  const published = await Promise.all(
    executors.map(async (executor) => ({
      executor,
      found: await publishedVersions(clients.lambda, executor.functionName),
    })),
  );
  const census = await takeCensus(clients.dynamo, table, options.waiting);
  const versions = published.flatMap(({ executor, found }) => [
    ...found.map((each) => toVersion(executor, each, found, census, options)),
    ...missing(executor, found, census),
  ]);
  const unpinned = census.unpinned;
  if (!options.prune) return { versions, unpinned };
  const left: ExecutorVersion[] = [];
  for (const version of versions)
    left.push(version.state === "unused" ? await remove(clients.lambda, version) : version);
  return { versions: left, unpinned };
}

function toVersion(
  { executor, functionName }: Executor,
  published: PublishedVersion,
  all: readonly PublishedVersion[],
  { pinned }: Census,
  options: VersionsOptions,
): ExecutorVersion {
  const { version, publishedAt, aliases } = published;
  const open = pinned.get(pinOf(executor, version)) ?? 0;
  const state = stateOf(published, all, open, options);
  const time = Number.isFinite(publishedAt) ? { publishedAt } : undefined;
  return { executor, functionName, version, ...time, aliases, open, state };
}

function stateOf(
  published: PublishedVersion,
  all: readonly PublishedVersion[],
  open: number,
  { force, waiting }: VersionsOptions,
): VersionState {
  if (published.aliases.includes(LIVE)) return "live";
  if (published.aliases.length > 0) return "aliased";
  if (open > 0) return "used";
  // What came after it took its place. Until then, and for as long as an invocation lasts, it began executions.
  const next = all[all.indexOf(published) + 1];
  if (next === undefined || !isBeforeLive(published, all)) return "newer";
  return force || waiting.now() - next.publishedAt >= DAY_MS ? "unused" : "recent";
}

function isBeforeLive(published: PublishedVersion, all: readonly PublishedVersion[]): boolean {
  return all.slice(all.indexOf(published)).some(({ aliases }) => aliases.includes(LIVE));
}

function missing(
  { executor, functionName }: Executor,
  found: readonly PublishedVersion[],
  { pinned }: Census,
): ExecutorVersion[] {
  const there = new Set(found.map(({ version }) => pinOf(executor, version)));
  return [...pinned]
    .filter(([pin]) => pin.startsWith(pinOf(executor, "")) && !there.has(pin))
    .map(([pin, open]) => {
      const version = pin.slice(pinOf(executor, "").length);
      return { executor, functionName, version, aliases: [], open, state: "missing" };
    });
}

async function remove(client: LambdaClient, found: ExecutorVersion): Promise<ExecutorVersion> {
  const { functionName, version } = found;
  // Without a qualifier it would be the function that is deleted.
  if (!/^\d+$/.test(version)) return found;
  const command = new DeleteFunctionCommand({ FunctionName: functionName, Qualifier: version });
  return asking("lambda:DeleteFunction", `${functionName}:${version}`, async () => {
    try {
      await client.send(command);
      return { ...found, state: "deleted" };
    } catch (error) {
      const code = codeOf(error);
      if (code === "ResourceNotFoundException") return { ...found, state: "deleted" };
      // An alias came to point to it just now.
      if (code === "ResourceConflictException") return { ...found, state: "refused" };
      throw error;
    }
  });
}

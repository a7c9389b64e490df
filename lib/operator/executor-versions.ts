/** The published versions of an executor's function. */
import { type LambdaClient, paginateListAliases, paginateListVersionsByFunction } from "@aws-sdk/client-lambda";
import type { ExecutorClass } from "../homes/aws/messages.ts";
import { TreelineError } from "../kernel/errors.ts";
import { asking } from "./aws-failure.ts";
import { outputOf, type Stack } from "./stack.ts";

export interface Executor {
  readonly executor: ExecutorClass;
  readonly functionName: string;
}

export interface PublishedVersion {
  readonly version: string;
  readonly publishedAt: number;
  /** Names of the aliases that send it calls. */
  readonly aliases: readonly string[];
}

/** The alias that the queues call: what it points to runs what begins now. */
export const LIVE = "live";

/** @throws TreelineError `stack_unknown` */
export function executorsOf(stack: Stack): readonly Executor[] {
  return [
    { executor: "short", functionName: outputOf(stack, "ExecutorName") },
    { executor: "long", functionName: outputOf(stack, "LongExecutorName") },
  ];
}

/** Oldest first; without `$LATEST`, which nothing that is deployed runs. */
export async function publishedVersions(client: LambdaClient, name: string): Promise<readonly PublishedVersion[]> {
  const aliases = await aliasesOf(client, name);
  const found: PublishedVersion[] = [];
  await asking("lambda:ListVersionsByFunction", name, async () => {
    for await (const { Versions: versions = [] } of paginateListVersionsByFunction(
      { client },
      { FunctionName: name },
    )) {
      for (const { Version: version = "", LastModified: at = "" } of versions) {
        // Never to be deleted: a function without a number is the whole function.
        if (!/^\d+$/.test(version)) continue;
        found.push({ version, publishedAt: toMillis(at), aliases: aliases.get(version) ?? [] });
      }
    }
  });
  if (!found.some((each) => each.aliases.includes(LIVE))) {
    const why = `function ${name} has no alias "${LIVE}" on a version of its own: it is no executor of Treeline's, or not fully deployed`;
    throw new TreelineError("stack_unknown", why);
  }
  return found.toSorted((a, b) => Number(a.version) - Number(b.version));
}

/** By version; an alias may send some of its calls to a second one. */
async function aliasesOf(client: LambdaClient, name: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  await asking("lambda:ListAliases", name, async () => {
    for await (const { Aliases: aliases = [] } of paginateListAliases({ client }, { FunctionName: name })) {
      for (const { Name: alias = "", FunctionVersion: first = "", RoutingConfig: routing } of aliases) {
        const versions = [first, ...Object.keys(routing?.AdditionalVersionWeights ?? {})];
        for (const version of versions) found.set(version, [...(found.get(version) ?? []), alias]);
      }
    }
  });
  return found;
}

/** Lambda writes `+0000`. A time that cannot be read is now: nothing that young is deleted. */
function toMillis(text: string): number {
  const at = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
  return Number.isNaN(at) ? Number.POSITIVE_INFINITY : at;
}

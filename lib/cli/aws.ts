/** How commands reach AWS: with the caller's own credentials. The SDK is loaded when it is needed. */
import { Command, InvalidArgumentError } from "commander";
import type { AwsCaller, AwsClients } from "../operator/aws-clients.ts";
import type { Stack } from "../operator/stack.ts";
import type { Terminal } from "./terminal.ts";

export type OpenAws = (caller: AwsCaller) => Promise<AwsClients>;

export const STACK_PREFIX = "stack:";

export const openAws: OpenAws = async (caller) => {
  const { openAwsClients } = await import("../operator/aws-clients.ts");
  return openAwsClients(caller);
};

export interface StackOptions extends AwsCaller {
  readonly stack: string;
  readonly json?: true;
}

/**
 * A command about a deployed stack.
 * @param rights the IAM actions that it takes
 */
export function stackCommand(name: string, { env }: Pick<Terminal, "env">, rights: readonly string[]): Command {
  const fromEnv = stackOf(env["TREELINE_REMOTE"]);
  const needs = ["cloudformation:DescribeStacks on the stack", ...rights].map((each) => `  ${each}`).join("\n");
  const command = new Command(name)
    .option("--profile <name>", "AWS profile")
    .option("--region <name>", "AWS region")
    .option("--json", "print JSON")
    .addHelpText("after", `\nNeeds, of your own AWS credentials:\n${needs}`);
  const what = "name of the deployed stack; NAME/ID of a second Treeline in it";
  return fromEnv === undefined
    ? command.requiredOption("--stack <name>", what, toName)
    : command.option("--stack <name>", what, toName, fromEnv);
}

function stackOf(remote: string | undefined): string | undefined {
  return remote?.startsWith(STACK_PREFIX) === true ? remote.slice(STACK_PREFIX.length) : undefined;
}

function toName(value: string): string {
  if (value !== "") return value;
  throw new InvalidArgumentError("It must be the name of a stack.");
}

export async function withStack<T>(
  aws: OpenAws,
  { stack: name, profile, region }: StackOptions,
  work: (clients: AwsClients, stack: Stack) => Promise<T>,
): Promise<T> {
  const { describeStack } = await import("../operator/stack.ts");
  const clients = await aws({
    ...(profile === undefined ? undefined : { profile }),
    ...(region === undefined ? undefined : { region }),
  });
  return work(clients, await describeStack(clients.cloudFormation, name));
}

/** @throws TreelineError `stack_unknown`, `aws_refused`, `aws_failed` */
export async function apiUrlOf(aws: OpenAws, stack: string, caller: AwsCaller): Promise<string> {
  const { outputOf } = await import("../operator/stack.ts");
  return withStack(aws, { ...caller, stack }, async (_clients, found) => outputOf(found, "ApiUrl"));
}

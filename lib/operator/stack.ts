/** A deployed stack, as its outputs tell of it. */
import { type CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { TreelineError } from "../kernel/errors.ts";
import { asking, codeOf } from "./aws-failure.ts";

/** What it is called, without the id of a second Treeline in the same stack. */
export interface Stack {
  readonly name: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** `NAME`, or `NAME/ID` for a Treeline that is not the first one of its stack. */
const WITH_ID = /^([A-Za-z][-A-Za-z0-9]*)\/([A-Za-z0-9]+)$/;

/** @throws TreelineError `stack_unknown`, `aws_refused`, `aws_failed` */
export async function describeStack(client: CloudFormationClient, name: string): Promise<Stack> {
  const [, stackName = name, id = ""] = WITH_ID.exec(name) ?? [];
  const all = await asking("cloudformation:DescribeStacks", `stack ${stackName}`, () => outputsOf(client, stackName));
  const own = Object.entries(all).filter(([key]) => key.startsWith(id));
  return { name, outputs: Object.fromEntries(own.map(([key, value]) => [key.slice(id.length), value])) };
}

async function outputsOf(client: CloudFormationClient, name: string): Promise<Record<string, string>> {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    if (stack === undefined) throw unknown(name);
    return Object.fromEntries((stack.Outputs ?? []).map((each) => [each.OutputKey ?? "", each.OutputValue ?? ""]));
  } catch (error) {
    throw codeOf(error) === "ValidationError" && /does not exist/.test(String(error)) ? unknown(name) : error;
  }
}

function unknown(name: string): TreelineError {
  const hint = "look at the name, at --profile and at --region";
  return new TreelineError("stack_unknown", `there is no stack ${name} in this account and region; ${hint}`);
}

/** @throws TreelineError `stack_unknown` when it is no stack of Treeline's, or one of another version */
export function outputOf({ name, outputs }: Stack, key: string): string {
  const value = outputs[key];
  if (value !== undefined) return value;
  const why = `stack ${name} has no output ${key}: it is no Treeline stack, or was deployed by another version`;
  throw new TreelineError("stack_unknown", why);
}

/** What the roles of the deployed stacks may do, and what they did, in the same words: logical ids of the template. */
import { CloudFormationClient, DescribeStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import { emulator } from "./deployment.ts";

export interface Right {
  /** Logical id of the role. */
  readonly role: string;
  readonly action: string;
  /** An ARN with logical ids instead of names; undefined: only the action is known. */
  readonly resource: string | undefined;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

const VERSION = "2010-05-08";
const AUTHORIZATION =
  "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none";

/** Physical names of a stack's resources, longest first, and their logical ids. */
export async function namesOf(stack: string): Promise<readonly (readonly [physical: string, logical: string])[]> {
  const { StackResources: resources = [] } = await new CloudFormationClient(emulator().client).send(
    new DescribeStackResourcesCommand({ StackName: stack }),
  );
  return resources
    .flatMap(({ PhysicalResourceId: physical = "", LogicalResourceId: logical = "" }) => {
      const name = physical.slice(Math.max(physical.lastIndexOf("/"), physical.lastIndexOf(":")) + 1);
      return name.length < 8 ? [] : [[name, logical] as const];
    })
    .toSorted(([a], [b]) => b.length - a.length);
}

/** The inline policies of the roles of a stack. */
export async function granted(stack: string): Promise<readonly Right[]> {
  const { StackResources: resources = [] } = await new CloudFormationClient(emulator().client).send(
    new DescribeStackResourcesCommand({ StackName: stack }),
  );
  const names = await namesOf(stack);
  const roles = resources.filter(({ ResourceType: type }) => type === "AWS::IAM::Role");
  const rights: Right[] = [];
  for (const { PhysicalResourceId: role = "", LogicalResourceId: logical = "" } of roles) {
    const policies = matches(await iam("ListRolePolicies", { RoleName: role }), /<member>([^<]+)<\/member>/g);
    for (const policy of policies) {
      const [document = ""] = matches(
        await iam("GetRolePolicy", { RoleName: role, PolicyName: policy }),
        /<PolicyDocument>([\s\S]+?)<\/PolicyDocument>/g,
      );
      const { Statement: statements } = JSON.parse(plain(document)) as { Statement: readonly Statement[] };
      for (const { Action: actions, Resource: arns } of statements) {
        for (const action of list(actions)) {
          for (const arn of list(arns)) rights.push({ role: logical, action, resource: translate(arn, names) });
        }
      }
    }
  }
  return rights;
}

export function translate(text: string, names: Awaited<ReturnType<typeof namesOf>>): string {
  const found = names.find(([physical]) => text.includes(physical));
  return found === undefined ? text : text.replace(found[0], found[1]);
}

async function iam(action: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(emulator().endpoint, {
    method: "POST",
    headers: { authorization: AUTHORIZATION, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ Action: action, Version: VERSION, ...parameters }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${action} failed: ${text}`);
  return text;
}

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, found = ""]) => found);
}

/** Documents come escaped for XML, or as in an URL. */
function plain(document: string): string {
  const text = document.startsWith("%") ? decodeURIComponent(document) : document;
  return text.replaceAll("&quot;", '"').replaceAll("&#34;", '"').replaceAll("&amp;", "&");
}

function list(one: string | readonly string[]): readonly string[] {
  return typeof one === "string" ? [one] : one;
}

/** Templates of the construct, without bundling the functions. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Treeline } from "../../infra/constructs/treeline.ts";
import type { TreelineProps } from "../../infra/constructs/treeline-props.ts";

export const root = path.resolve(import.meta.dirname, "../..");
export const EXAMPLES = path.join(root, "examples/index.ts");

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

export interface Synthesized {
  readonly template: Template;
  readonly treeline: Treeline;
  readonly resources: ReadonlyMap<string, Resource>;
  ofType(type: string): ReadonlyMap<string, Resource>;
}

/** With the feature flags of cdk.json, as the CLI has it. */
export function app(): App {
  const { context } = JSON.parse(readFileSync(path.join(root, "cdk.json"), "utf8")) as { context: object };
  return new App({ context: { ...context, "aws:cdk:bundling-stacks": [] } });
}

export function synthesize(
  props: Partial<TreelineProps> = {},
  more?: (stack: Stack, treeline: Treeline) => void,
): Synthesized {
  const stack = new Stack(app(), "Test", { env: { account: "000000000000", region: "us-east-1" } });
  const treeline = new Treeline(stack, "Treeline", { workflows: EXAMPLES, ...props });
  more?.(stack, treeline);
  const template = Template.fromStack(stack);
  const resources = new Map(Object.entries((template.toJSON() as { Resources: Record<string, Resource> }).Resources));
  const ofType = (type: string): Map<string, Resource> =>
    new Map([...resources].filter(([, resource]) => resource.Type === type));
  return { template, treeline, resources, ofType };
}

/** Logical ids that a value refers to. */
export function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const { Ref: ref, "Fn::GetAtt": attribute } = value as { Ref?: string; "Fn::GetAtt"?: readonly [string, string] };
  if (ref !== undefined) return [ref];
  if (attribute !== undefined) return [attribute[0]];
  return Object.values(value).flatMap(references);
}

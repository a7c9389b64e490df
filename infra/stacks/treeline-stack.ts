import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Treeline } from "../constructs/treeline.ts";
import type { TreelineProps } from "../constructs/treeline-props.ts";

export interface TreelineStackProps extends StackProps {
  readonly treeline: TreelineProps;
}

/** A stack with nothing but Treeline in it. */
export class TreelineStack extends Stack {
  readonly treeline: Treeline;

  constructor(scope: Construct, id: string, { treeline, ...props }: TreelineStackProps) {
    super(scope, id, { description: "Treeline: workflows that run workflows", ...props });
    this.treeline = new Treeline(this, "Treeline", treeline);
  }
}

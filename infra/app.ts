/**
 * The app that `npx cdk deploy` runs: Treeline with this repository's examples, or with a module of yours
 * (`-c workflows=FILE`). `-c keepData=false` has `npx cdk destroy` delete the executions, too.
 */
import { App, RemovalPolicy, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { TreelineStack } from "./stacks/treeline-stack.ts";

const app = new App();
const context = (name: string): string | undefined => app.node.tryGetContext(name) as string | undefined;
const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;

new TreelineStack(app, context("stack") ?? "Treeline", {
  env: { ...(account && { account }), ...(region && { region }) },
  treeline: {
    workflows: context("workflows") ?? "examples/index.ts",
    removalPolicy: context("keepData") === "false" ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  },
});

Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

/**
 * A state machine of yours that runs a workflow as one of its states, and goes on with its result or its error.
 *
 *   npx cdk deploy --app 'npx node --conditions=treeline-source examples/state-machine/app.ts'
 */
import path from "node:path";
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Choice, Condition, DefinitionBody, Fail, Pass, StateMachine, Succeed } from "aws-cdk-lib/aws-stepfunctions";
import { Treeline } from "treeline/cdk";

const app = new App();
const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
const stack = new Stack(app, "Shop", { env: { ...(account && { account }), ...(region && { region }) } });

const treeline = new Treeline(stack, "Treeline", {
  workflows: path.join(import.meta.dirname, "workflows.ts"),
  removalPolicy: RemovalPolicy.DESTROY,
});

// The state's input is the workflow's; its output is the state's; its error's type is what `Catch` sees.
const price = treeline.runWorkflow(stack, "Price", { workflow: "price", timeout: Duration.hours(1) });
const definition = price
  .addCatch(new Fail(stack, "NoSuchItem", { error: "NoSuchItem" }), { errors: ["NoSuchItem"] })
  .next(
    new Choice(stack, "Expensive?")
      .when(Condition.numberGreaterThan("$.price", 100), new Pass(stack, "Ask"))
      .otherwise(new Succeed(stack, "Bought")),
  );

const shop = new StateMachine(stack, "Purchase", {
  definitionBody: DefinitionBody.fromChainable(definition),
  tracingEnabled: true,
});
treeline.allowCompletion(shop);
new CfnOutput(stack, "PurchaseArn", { value: shop.stateMachineArn });

/**
 * Logical ids of resources that hold data, or that other stacks and people refer to. CloudFormation replaces a resource
 * whose logical id changes: a table, queue or log group would be left behind, empty ones would take its place, and
 * executions that run would be lost. Names in the code may change; these ids may not.
 */
import { expect, it } from "vitest";
import { synthesize } from "./synth.ts";

const STATEFUL = [
  "AWS::DynamoDB::GlobalTable",
  "AWS::SQS::Queue",
  "AWS::StepFunctions::StateMachine",
  "AWS::Logs::LogGroup",
  "AWS::ApiGateway::RestApi",
  "AWS::Lambda::Function",
  "AWS::Lambda::Alias",
  "AWS::IAM::Role",
];

it("are those that deployed stacks have", () => {
  const { resources } = synthesize();
  const ids = [...resources].flatMap(([id, { Type }]) => (STATEFUL.includes(Type) ? [`${Type} ${id}`] : []));
  expect(ids.toSorted()).toMatchInlineSnapshot(`
    [
      "AWS::ApiGateway::RestApi TreelineApiRest5035A605",
      "AWS::DynamoDB::GlobalTable TreelineJournalTable7DE2BFF7",
      "AWS::IAM::Role TreelineExecutorsRole493A72DA",
      "AWS::IAM::Role TreelineFunctionsApiRole1B9DB659",
      "AWS::IAM::Role TreelineFunctionsDeadLetterRole68E8353E",
      "AWS::IAM::Role TreelineFunctionsPruneRoleCAD24E63",
      "AWS::IAM::Role TreelineFunctionsStartRoleF975DDD0",
      "AWS::IAM::Role TreelineFunctionsSweepRole374FFDC7",
      "AWS::IAM::Role TreelineFunctionsTriggerRole74BF9F24",
      "AWS::IAM::Role TreelineHostStateMachineRoleFCD436BD",
      "AWS::Lambda::Alias TreelineExecutorsLongLive703301AD",
      "AWS::Lambda::Alias TreelineExecutorsShortLiveC8EB749B",
      "AWS::Lambda::Function TreelineExecutorsLongFunction2E1BA76B",
      "AWS::Lambda::Function TreelineExecutorsShortFunction0851F839",
      "AWS::Lambda::Function TreelineFunctionsApi0C51A3DA",
      "AWS::Lambda::Function TreelineFunctionsDeadLetter453C7EBC",
      "AWS::Lambda::Function TreelineFunctionsPrune1D25E1AB",
      "AWS::Lambda::Function TreelineFunctionsStartB2EC27B2",
      "AWS::Lambda::Function TreelineFunctionsSweep93D2071B",
      "AWS::Lambda::Function TreelineFunctionsTriggerEE72D11E",
      "AWS::Logs::LogGroup TreelineExecutorsLongFunctionLogsC3A509C5",
      "AWS::Logs::LogGroup TreelineExecutorsShortFunctionLogsA67E14BC",
      "AWS::Logs::LogGroup TreelineFunctionsApiLogsC3CA5624",
      "AWS::Logs::LogGroup TreelineFunctionsDeadLetterLogsAB359BE6",
      "AWS::Logs::LogGroup TreelineFunctionsPruneLogsD954F525",
      "AWS::Logs::LogGroup TreelineFunctionsStartLogsA4E87AB7",
      "AWS::Logs::LogGroup TreelineFunctionsSweepLogs9C5A1363",
      "AWS::Logs::LogGroup TreelineFunctionsTriggerLogsFD386025",
      "AWS::SQS::Queue TreelineLongCompletionsDeadLetters4EFF920F",
      "AWS::SQS::Queue TreelineLongCompletionsQueue3B2EF2E7",
      "AWS::SQS::Queue TreelineLongLaunchesDeadLetters290557D6",
      "AWS::SQS::Queue TreelineLongLaunchesQueue493F8398",
      "AWS::SQS::Queue TreelineShortCompletionsDeadLetters5590DC82",
      "AWS::SQS::Queue TreelineShortCompletionsQueueCEDE72E9",
      "AWS::SQS::Queue TreelineShortLaunchesDeadLetters3514F1EB",
      "AWS::SQS::Queue TreelineShortLaunchesQueue41C53813",
      "AWS::SQS::Queue TreelineUndelivered347C2C7A",
      "AWS::StepFunctions::StateMachine TreelineHostStateMachineBDC19B14",
    ]
  `);
});

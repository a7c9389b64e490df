/** The AWS clients of an operator's commands: with the caller's own credentials, never with a role of the stack. */
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SQSClient } from "@aws-sdk/client-sqs";

export interface AwsClients {
  readonly cloudFormation: CloudFormationClient;
  readonly dynamo: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly sqs: SQSClient;
}

export interface AwsCaller {
  /** Of the shared configuration. @default AWS_PROFILE, or the SDK's default */
  readonly profile?: string;
  /** @default that of the environment, or of the profile */
  readonly region?: string;
}

/** A person waits rather than to begin again; Lambda lists only a few pages a second. */
const ATTEMPTS = 8;

export function openAwsClients({ profile, region }: AwsCaller): AwsClients {
  const config = {
    maxAttempts: ATTEMPTS,
    ...(profile === undefined ? undefined : { profile }),
    ...(region === undefined ? undefined : { region }),
  };
  return {
    cloudFormation: new CloudFormationClient(config),
    dynamo: new DynamoDBClient(config),
    lambda: new LambdaClient(config),
    sqs: new SQSClient(config),
  };
}

import {
  AuthorizationType,
  type IAuthorizer,
  EndpointType,
  LambdaIntegration,
  MethodLoggingLevel,
  RestApi,
} from "aws-cdk-lib/aws-apigateway";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { invalidSetting } from "../../lib/homes/aws/env.ts";

/** Who may call the API, as API Gateway checks it. */
export interface ApiAuth {
  readonly authorizationType: AuthorizationType;
  /** For Cognito and for authorizers of your own. */
  readonly authorizer?: IAuthorizer;
  readonly authorizationScopes?: string[];
}

export interface ApiProps {
  readonly handler: IFunction;
  readonly auth: ApiAuth | undefined;
  readonly tracing: boolean;
}

const STAGE = "prod";

const ACCOUNT_ROLE =
  "API Gateway logs through a role that is set for the whole account and region, which a construct must not set; the function logs what goes wrong, and metrics count the rest";

const ACKNOWLEDGED = {
  APIG1: ACCOUNT_ROLE,
  APIG6: ACCOUNT_ROLE,
  APIG2: "The function validates every request against the workflow's own schema and answers with problem+json",
  APIG3: "Only callers whom IAM, or the authorizer of the app's own, lets in reach it; a web ACL is the app's to add",
  COG4: "Authorised by IAM unless the app names another authorizer",
} as const;

/** The HTTP API: everything goes to one function, and nobody gets in unauthenticated. */
export class Api extends Construct {
  readonly rest: RestApi;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const auth = props.auth ?? { authorizationType: AuthorizationType.IAM };
    if (auth.authorizationType === AuthorizationType.NONE) {
      throw invalidSetting("auth: the API can start and stop everything, so it is never open; name an authorizer");
    }
    this.rest = new RestApi(this, "Rest", {
      description: "Treeline: start, see and steer executions",
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: false,
      defaultMethodOptions: auth,
      defaultIntegration: new LambdaIntegration(props.handler),
      deployOptions: {
        stageName: STAGE,
        tracingEnabled: props.tracing,
        metricsEnabled: true,
        loggingLevel: MethodLoggingLevel.OFF,
      },
    });
    for (const [rule, reason] of Object.entries(ACKNOWLEDGED)) {
      acknowledge(this.rest, rule as keyof typeof ACKNOWLEDGED, reason);
    }
    this.rest.root.addMethod("ANY");
    this.rest.root.addProxy({ anyMethod: true });
  }
}

import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** Rules of cdk-nag's AwsSolutions pack that something here knowingly does not follow. */
type Rule =
  | "IAM5[Resource::*]"
  | `IAM5[Resource::<${string}.Arn>:*]`
  | "SQS3"
  | "SF1"
  | "APIG1"
  | "APIG2"
  | "APIG3"
  | "APIG6"
  | "COG4";

/** Says why a rule is not followed here; holds for everything below `where`. */
export function acknowledge(where: IConstruct, rule: Rule, reason: string): void {
  Validations.of(where).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
}

/** X-Ray knows no resources: its two actions can only be granted on all of them. */
export function acknowledgeTracing(role: IConstruct, tracing: boolean): void {
  if (tracing) acknowledge(role, "IAM5[Resource::*]", "xray:PutTraceSegments and the like have no resource to name");
}

import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";

export interface JournalTableProps {
  /** What happens to the executions when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Everything an engine knows: heads, journals, inboxes, big values, all in one table. The children of an execution and
 * the whole tree of a root are queries of the table itself; the two indexes hold keys only (D27).
 */
export class JournalTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: JournalTableProps) {
    super(scope, id);
    this.table = new TableV2(this, "Table", {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      timeToLiveAttribute: "exp",
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy: props.removalPolicy,
      globalSecondaryIndexes: [
        {
          indexName: "byWorkflow",
          partitionKey: { name: "gpk", type: AttributeType.STRING },
          sortKey: { name: "gsk", type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          // Sparse: only heads that are parked have these attributes.
          indexName: "parked",
          partitionKey: { name: "ppk", type: AttributeType.STRING },
          sortKey: { name: "psk", type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
  }
}

import { EventBus, EventField, type IEventBus, Rule, RuleTargetInput, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { DeployedWorkflow, Trigger, TriggerPayload } from "../../lib/homes/aws/env.ts";

export interface TriggersProps {
  readonly workflows: readonly DeployedWorkflow[];
  readonly handler: IFunction;
  /** For events that could not be delivered. */
  readonly undelivered: IQueue;
}

/** A rule of EventBridge per trigger that a workflow declares. */
export class Triggers extends Construct {
  readonly #buses = new Map<string, IEventBus>();

  constructor(scope: Construct, id: string, props: TriggersProps) {
    super(scope, id);
    for (const { name, triggers } of props.workflows) {
      for (const [index, trigger] of triggers.entries()) this.#rule(name, index, trigger, props);
    }
  }

  #rule(workflow: string, index: number, trigger: Trigger, props: TriggersProps): void {
    new Rule(this, `${workflow}-${index}`, {
      description: `Treeline: starts workflow ${workflow}`,
      ...this.#when(trigger),
      targets: [
        new LambdaFunction(props.handler, {
          deadLetterQueue: props.undelivered,
          event: RuleTargetInput.fromObject(payload(workflow, index)),
        }),
      ],
    });
  }

  #when(trigger: Trigger): Partial<ConstructorParameters<typeof Rule>[2]> {
    if ("schedule" in trigger) return { schedule: Schedule.expression(trigger.schedule) };
    const { source, detailType, detail, bus } = trigger.event;
    return {
      eventPattern: {
        source: list(source),
        detailType: list(detailType),
        ...(detail === undefined ? undefined : { detail }),
      },
      ...(bus === undefined ? undefined : { eventBus: this.#bus(bus) }),
    };
  }

  #bus(name: string): IEventBus {
    const known = this.#buses.get(name);
    if (known !== undefined) return known;
    const id = `Bus-${name}`;
    const bus = name.startsWith("arn:")
      ? EventBus.fromEventBusArn(this, id, name)
      : EventBus.fromEventBusName(this, id, name);
    this.#buses.set(name, bus);
    return bus;
  }
}

/** EventBridge fills in the event. A schedule's is one, too: its id is the same however often it is delivered. */
function payload(workflow: string, trigger: number): Record<keyof TriggerPayload, unknown> {
  return {
    workflow,
    trigger,
    event: {
      id: EventField.eventId,
      source: EventField.source,
      detailType: EventField.detailType,
      time: EventField.time,
      account: EventField.account,
      region: EventField.region,
      detail: EventField.fromPath("$.detail"),
    } satisfies Record<keyof TriggerPayload["event"], string>,
  };
}

function list(one: string | readonly string[]): string[] {
  return typeof one === "string" ? [one] : [...one];
}

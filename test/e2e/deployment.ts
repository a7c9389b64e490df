/** What the tests know of the deployed stacks, and how they reach them. */
import { inject } from "vitest";
import { type AwsHome, openAwsHome } from "../../lib/homes/aws/aws-home.ts";
import type { AwsEnv } from "../../lib/homes/aws/env.ts";
import type { Workflow } from "../../lib/kernel/definition.ts";
import { LocalStack } from "../localstack/localstack.ts";

/** Outputs of a stack of Treeline's, by name. */
export type StackOutputs = Readonly<Record<string, string>>;

export interface Deployment {
  readonly endpoint: string;
  /** For what is written on the way. */
  readonly folder: string;
  readonly stacks: Readonly<Record<string, StackOutputs>>;
}

/** Why there is none, where there is no emulator. */
export const leftOut = ((): string | undefined => {
  const provided = inject("deployment");
  return "leftOut" in provided ? provided.leftOut : undefined;
})();

/** @throws Error when the lane is left out: look at `leftOut` first */
export function deployment(): Deployment {
  const provided = inject("deployment");
  if ("leftOut" in provided) throw new Error(provided.leftOut);
  return provided;
}

/** The emulator; and this process's SDK clients speak to it from now on. */
export function emulator(): LocalStack {
  const localstack = new LocalStack(deployment().endpoint, "running", true);
  for (const name of Object.keys(process.env)) if (/^AWS_/i.test(name)) delete process.env[name];
  Object.assign(process.env, localstack.settings);
  return localstack;
}

export function outputsOf(stack: string): StackOutputs {
  const outputs = deployment().stacks[stack];
  if (outputs === undefined) throw new Error(`no stack ${stack} was deployed`);
  return outputs;
}

function output(outputs: StackOutputs, name: string): string {
  const value = outputs[name];
  if (value === undefined) throw new Error(`the stack has no output ${name}`);
  return value;
}

/** A client in this process, on the deployed table and queues. */
export function homeOf(stack: string, workflows: readonly Workflow[], outputs = outputsOf(stack)): AwsHome {
  emulator();
  return openAwsHome(envOf(outputs), workflows, { log: () => undefined });
}

function envOf(outputs: StackOutputs): AwsEnv {
  return {
    table: output(outputs, "TableName"),
    queues: {
      short: { launches: output(outputs, "ShortLaunchesUrl"), completions: output(outputs, "ShortCompletionsUrl") },
      long: { launches: output(outputs, "LongLaunchesUrl"), completions: output(outputs, "LongCompletionsUrl") },
    },
    hostArn: output(outputs, "HostArn"),
    executorClass: "short",
    leaseSeconds: 31,
    lingerMs: 500,
    hostAfterSeconds: 60,
    longestHostSeconds: 86_400,
    interruptions: 10,
  };
}

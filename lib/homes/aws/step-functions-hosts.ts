/** The hosts on Step Functions: executions of the one state machine, each standing in its state `Park`. */
import {
  ExecutionAlreadyExists,
  InvalidToken,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from "@aws-sdk/client-sfn";
import type { AwsEnv } from "./env.ts";
import type { ExecutorClass } from "./messages.ts";
import type { Host, Hosts } from "./services.ts";

export class StepFunctionsHosts implements Hosts {
  readonly #client: SFNClient;
  readonly #env: Pick<AwsEnv, "hostArn" | "queues">;

  constructor(client: SFNClient, env: Pick<AwsEnv, "hostArn" | "queues">) {
    this.#client = client;
    this.#env = env;
  }

  async open({ name, input }: Host, executor: ExecutorClass): Promise<boolean> {
    const command = new StartExecutionCommand({
      stateMachineArn: this.#env.hostArn,
      name,
      input: JSON.stringify({ ...input, queueUrl: this.#env.queues[executor].completions }),
    });
    try {
      await this.#client.send(command);
      return true;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false;
      throw error;
    }
  }

  /** A host that is over has no use for its token; nobody waits for it (R7). */
  async release(token: string): Promise<void> {
    await this.#client.send(new SendTaskSuccessCommand({ taskToken: token, output: "{}" })).catch((error: unknown) => {
      const isOver = [InvalidToken, TaskTimedOut, TaskDoesNotExist].some((kind) => error instanceof kind);
      if (!isOver) throw error;
    });
  }
}

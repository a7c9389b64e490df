/** What all commands have in common. */
import { Command, InvalidArgumentError } from "commander";
import { openAccess, type Access } from "./access.ts";
import type { OpenAws } from "./aws.ts";
import type { RemoteClient } from "../api/remote-client.ts";
import { TreelineError } from "../kernel/errors.ts";
import { createOutput, type Output } from "./output.ts";
import { addPlace, remoteClient, type RemoteAccess } from "./place.ts";
import { defaultFile, type Terminal } from "./terminal.ts";

export interface StoreOptions extends RemoteAccess {
  readonly namespace: string;
  readonly json?: true;
}

/** What a command is given to do its work. */
export interface Job {
  readonly terminal: Terminal;
  readonly output: Output;
  /** Clients of AWS, with the caller's credentials. */
  readonly aws: OpenAws;
  /** Sets the exit code; 0 when it is never called. */
  end(code: number): void;
}

export function createJob(terminal: Terminal, aws: OpenAws, end: (code: number) => void): Job {
  return { terminal, output: createOutput(terminal), aws, end };
}

/**
 * A command about the executions of a database, or of an engine elsewhere.
 * @param whyLocal of a command that makes no sense elsewhere: what to do instead
 */
export function storeCommand(name: string, job: Job, whyLocal?: string): Command {
  const command = addFile(new Command(name), job)
    .option("-n, --namespace <name>", "namespace of the executions", "default")
    .option("--json", "print JSON");
  return addPlace(command, job, whyLocal);
}

/** The database that a command works on. */
export function addFile(command: Command, { terminal }: Job): Command {
  return command.option("-f, --file <database>", "database", toFile, defaultFile(terminal.env));
}

function toFile(value: string): string {
  if (value !== "") return value;
  throw new InvalidArgumentError("It must be the name of a file.");
}

export async function withAccess<T>(job: Job, options: StoreOptions, work: (access: Access) => Promise<T>): Promise<T> {
  const access = await openAccess(options, () => job.terminal.now());
  try {
    return await work(access);
  } finally {
    access.close();
  }
}

/** @throws TreelineError `invalid_argument` with `why` where no engine elsewhere is named */
export async function withRemote<T>(
  options: StoreOptions,
  why: string,
  work: (client: RemoteClient) => Promise<T>,
): Promise<T> {
  if (options.remote === undefined) throw new TreelineError("invalid_argument", why);
  return work(remoteClient(options.remote, options));
}

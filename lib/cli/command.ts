/** What all commands have in common. */
import { Command } from "commander";
import { openAccess, type Access } from "./access.ts";
import { createOutput, type Output } from "./output.ts";
import { defaultFile, type Terminal } from "./terminal.ts";

export interface StoreOptions {
  readonly file: string;
  readonly namespace: string;
  readonly json?: true;
}

/** What a command is given to do its work. */
export interface Job {
  readonly terminal: Terminal;
  readonly output: Output;
  /** Sets the exit code; 0 when it is never called. */
  end(code: number): void;
}

export function createJob(terminal: Terminal, end: (code: number) => void): Job {
  return { terminal, output: createOutput(terminal), end };
}

/** A command about a database. */
export function storeCommand(name: string, { terminal }: Job): Command {
  return new Command(name)
    .option("-f, --file <database>", "database", defaultFile(terminal.env))
    .option("-n, --namespace <name>", "namespace of the executions", "default")
    .option("--json", "print JSON");
}

export async function withAccess<T>(
  job: Job,
  { file }: StoreOptions,
  work: (access: Access) => Promise<T>,
): Promise<T> {
  const access = await openAccess(file, () => job.terminal.now());
  try {
    return await work(access);
  } finally {
    access.close();
  }
}

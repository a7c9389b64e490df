/** Finds the code of a workflow (D16). Asynchronous where it must be loaded first. */
import type { Workflow } from "../kernel/definition.ts";

export interface Definitions {
  /**
   * The workflow of that name, of that version when one is given and the current one when not.
   * @returns undefined when this engine does not have it: the execution waits, with a notice (D21)
   */
  find(name: string, version?: string): Workflow | undefined | Promise<Workflow | undefined>;
  names(): readonly string[];
}

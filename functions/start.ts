import { type StartEvent, startInvoked } from "../lib/api/invoked-start.ts";
import { home } from "./home.ts";

/** Starts an execution for whoever may invoke it: a state machine that waits with its task token, a script. */
export function handler(event: StartEvent): Promise<{ executionId: string }> {
  return startInvoked(home, event);
}

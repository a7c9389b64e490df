/**
 * Looks at what an execution waits for, as its own code knows it: replays the journal and asks nobody for anything.
 *
 * For those who bring it something: a payload that does not fit is refused at the door, without waking it (D11).
 */
import { Session } from "../../engine/session.ts";
import type { Entry } from "../../kernel/journal.ts";
import { SILENT } from "../silent-host.ts";
import { Turns } from "../turns.ts";
import type { AwsContext } from "./context.ts";
import { latestGeneration } from "./endings.ts";
import type { Head } from "./head.ts";
import { infoOf } from "../../engine/execution-info.ts";

/** Undefined when its workflow is not deployed, or its journal has no code to run yet. */
export async function peek(cx: AwsContext, head: Head, journal: readonly Entry[]): Promise<Session | undefined> {
  const [run, ...history] = latestGeneration(journal);
  const workflow = cx.workflows.of(head.statics);
  if (workflow === undefined || run?.t !== "run") return undefined;
  const { clock, ids, limits } = cx;
  return new Promise((resolve) => {
    const turns = new Turns({ quiet: () => undefined, failed: () => resolve(undefined) });
    const session: Session = new Session({
      workflow,
      info: infoOf(head.statics, run.g, run.a),
      run,
      history,
      crashed: false,
      host: {
        ...SILENT,
        // Its timers are nobody's business here.
        clock: { now: () => clock.now(), at: () => () => undefined },
        ids,
        limits,
        drain: (callback) => turns.drain(callback),
        afterRejections: (callback) => turns.afterRejections(callback),
        // It stands still when all of its record is delivered, and would have to ask the world now.
        still: () => {
          resolve(session);
          session.close();
        },
        ended: () => resolve(undefined),
        continued: () => resolve(undefined),
      },
    });
    session.start();
  });
}

/**
 * A scenario that needs more than one engine, or code that changes while an execution runs: not data, but still nothing
 * that knows how the engine works inside. `plays.test.ts` makes tests of them, `npm run mutate` plays them, too.
 */
import { Stage } from "./stage.ts";

export interface Play {
  readonly id: string;
  /** The kernel rules that it pins. */
  readonly rows: readonly string[];
  readonly title: string;
  /** @throws AssertionError */
  run(): Promise<void>;
}

export interface Act {
  readonly id: string;
  readonly title: string;
  readonly act: (stage: Stage) => Promise<void>;
}

/** Every act has a stage of its own. */
export function playsOn(rows: readonly string[], acts: readonly Act[]): readonly Play[] {
  return acts.map(({ id, title, act }) => ({
    id,
    rows,
    title,
    run: async () => {
      const stage = new Stage();
      try {
        await act(stage);
      } finally {
        await stage.clean();
      }
    },
  }));
}

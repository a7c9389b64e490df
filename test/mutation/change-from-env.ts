import type { Change } from "./apply.ts";

/** Holds the change as JSON while `npm run mutate` plays a fault. */
export const CHANGE_VARIABLE = "TREELINE_TEST_CHANGE";

export function changeFromEnv(): Change | undefined {
  const text = process.env[CHANGE_VARIABLE];
  return text === undefined ? undefined : (JSON.parse(text) as Change);
}

import { openAwsHome } from "../lib/homes/aws/aws-home.ts";
import { readEnv } from "../lib/homes/aws/env.ts";

/** It deletes executions and runs none: no workflows. */
const home = openAwsHome(readEnv(process.env), []);

/** Deletes what was kept long enough. */
export async function handler(): Promise<{ pruned: number }> {
  const pruned = await home.prune();
  console.log({ code: "pruned", count: pruned });
  return { pruned };
}

import { openAwsHome } from "../lib/homes/aws/aws-home.ts";
import { readEnv } from "../lib/homes/aws/env.ts";

/** It wakes executions and runs none: no workflows. */
const home = openAwsHome(readEnv(process.env), []);

/** Wakes what nobody has woken. An alarm counts what it had to find. */
export async function handler(): Promise<void> {
  const { found } = await home.sweep();
  if (found > 0) console.warn({ code: "sweep_found", count: found });
}

/** `npm run bench:aws`: what a deployment costs and how long it takes, on LocalStack. README.md says how to read it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { cdk } from "../../test/e2e/cdk.ts";
import { refuseOthers } from "../../test/e2e/safety.ts";
import { ACCOUNT, REGION, start } from "../../test/localstack/localstack.ts";
import { BareHops, measureNative } from "./native.ts";
import { homeOf, measureOurs, type Outputs, runOnce } from "./ours.ts";
import { type AwsResult, median, resultOf, toMarkdown } from "./results.ts";
import { type WorkName, WORKS } from "./works.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    /** Works to measure. */
    only: { type: "string", multiple: true, default: [] },
  },
});

const ROUNDS: Readonly<Record<WorkName, number>> = {
  "fast-child": 15,
  "slow-child": 3,
  "long-child": 3,
  "fan-out-100": 3,
  "steps-20": 5,
};
/** Rounds that do not count: functions are cold, then V8 compiles, and the bare hop's code is next to none. */
const WARM_UP: Readonly<Record<WorkName, number>> = {
  "fast-child": 5,
  "slow-child": 1,
  "long-child": 1,
  "fan-out-100": 1,
  "steps-20": 2,
};
/** Beside each round. */
const HOPS: Readonly<Record<WorkName, number>> = {
  "fast-child": 2,
  "slow-child": 5,
  "long-child": 5,
  "fan-out-100": 5,
  "steps-20": 4,
};

const works = WORKS.filter((work) => values.only.length === 0 || values.only.includes(work));
if (works.length === 0)
  throw new Error(`There is no work called ${values.only.join(", ")}; there are ${WORKS.join(", ")}.`);

function say(line: string): void {
  if (!values.json) console.error(line);
}

const folder = mkdtempSync(path.join(os.tmpdir(), "treeline-bench-"));
const assembly = path.join(folder, "cdk.out");
const outputsFile = path.join(folder, "outputs.json");
const app = `${process.execPath} --conditions=treeline-source ${path.join(import.meta.dirname, "app.ts")}`;

await using localstack = await start();
try {
  await refuseOthers(localstack.endpoint);
  for (const name of Object.keys(process.env)) if (/^AWS_/i.test(name)) delete process.env[name];
  Object.assign(process.env, localstack.settings);
  say("deploying");
  await cdk(["bootstrap", `aws://${ACCOUNT}/${REGION}`, "--app", ""], localstack.env);
  await cdk(["synth", "--quiet", "--app", app, "--output", assembly], localstack.env);
  await cdk(
    ["deploy", "--app", assembly, "--require-approval", "never", "--outputs-file", outputsFile],
    localstack.env,
  );
  const { Bench: outputs } = JSON.parse(readFileSync(outputsFile, "utf8")) as { Bench: Outputs };
  const results = await measure(outputs);
  console.log(values.json ? JSON.stringify({ results }, undefined, 2) : toMarkdown(results));
  await cdk(["destroy", "--app", assembly, "--force"], localstack.env);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(outputs: Outputs): Promise<AwsResult[]> {
  const home = homeOf(outputs);
  const results: AwsResult[] = [];
  const bareHops = new BareHops(outputs);
  await bareHops.measure(5);
  for (const work of works) {
    say(work);
    for (let round = 0; round < WARM_UP[work]; round += 1) await runOnce(home, work);
    await measureNative(outputs, work, 1);
    const hops: number[] = [];
    const counted = await measureOurs(home, work, ROUNDS[work], async () => {
      hops.push(...(await bareHops.measure(HOPS[work])));
    });
    const bareHopMs = median(hops);
    const native = await measureNative(outputs, work, ROUNDS[work]);
    results.push(resultOf(work, counted, { bareHopMs, nativeLatencyMs: native.ms, nativeUsdPerMillion: native.usd }));
  }
  return results;
}

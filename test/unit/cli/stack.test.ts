/** The commands about a deployed stack: what they print, and what they end with. */
import path from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createApi } from "../../../lib/api/api.ts";
import { serveApi } from "../../../lib/api/node-server.ts";
import { runCommandLine } from "../../../lib/cli/command-line.ts";
import { openEngine } from "../../../lib/homes/embedded/engine.ts";
import { toBody } from "../../../lib/homes/aws/messages.ts";
import type { AwsCaller } from "../../../lib/operator/aws-clients.ts";
import { FakeAws } from "../../helpers/aws/fake-aws.ts";
import { Refusal } from "../../helpers/aws/fake-refusal.ts";
import { echo } from "../api/workflows.ts";
import { fakeTerminal, temporaryFolder, type FakeTerminalOptions } from "./fake-terminal.ts";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** As whom AWS was asked. */
  readonly callers: readonly AwsCaller[];
}

async function treeline(aws: FakeAws, args: readonly string[], options: FakeTerminalOptions = {}): Promise<Printed> {
  const terminal = fakeTerminal({ now: aws.now, ...options });
  const callers: AwsCaller[] = [];
  const code = await runCommandLine(args, terminal, async (caller) => {
    callers.push(caller);
    return aws.clients();
  });
  return { code, out: terminal.out(), err: terminal.err(), callers };
}

describe("outputs", () => {
  it("prints all, or one of them bare", async () => {
    const aws = new FakeAws();
    const all = await treeline(aws, ["outputs", "--stack", "Orders"]);
    expect(all).toMatchObject({ code: 0 });
    expect(all.out).toMatch(/^OUTPUT +VALUE\nApiUrl +https:\/\/api\.example\.com\/\nTableName +orders-table\n/);
    expect(await treeline(aws, ["outputs", "ApiUrl", "--stack", "Orders"])).toMatchObject({
      code: 0,
      out: "https://api.example.com/\n",
    });
    const json = await treeline(aws, ["outputs", "--stack", "Orders", "--json", "--profile", "p", "--region", "r"]);
    expect(JSON.parse(json.out)).toEqual(aws.outputs);
    expect(json.callers).toEqual([{ profile: "p", region: "r" }]);
  });

  it.each<[string, readonly string[], number, string]>([
    ["no stack", ["--stack", "Nobody"], 3, "there is no stack Nobody"],
    ["no output", ["Nothing", "--stack", "Orders"], 3, "has no output Nothing"],
    ["no name", [], 2, "required option '--stack <name>'"],
    ["an empty name", ["--stack", ""], 2, "name of a stack"],
  ])("ends with its code for %s", async (_title, args, code, said) => {
    const ended = await treeline(new FakeAws(), ["outputs", ...args]);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(said);
  });

  it("takes the stack from TREELINE_REMOTE", async () => {
    const { code, out } = await treeline(new FakeAws(), ["outputs", "ApiUrl"], {
      env: { TREELINE_REMOTE: "stack:Orders" },
    });
    expect([code, out]).toEqual([0, "https://api.example.com/\n"]);
  });
});

describe("the caller's own AWS", () => {
  it("has to have a region", async () => {
    const none = path.join(temporaryFolder(), "none");
    const env = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined, AWS_PROFILE: undefined, AWS_CONFIG_FILE: none };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const terminal = fakeTerminal();
    expect(await runCommandLine(["outputs", "--stack", "Orders"], terminal)).toBe(2);
    expect(terminal.err()).toContain("the AWS region is not known; set AWS_REGION");
  });
});

describe("--remote stack:NAME", () => {
  it("is where the API of that stack is", async () => {
    const engine = await openEngine({ file: path.join(temporaryFolder(), "t.db"), workflows: [echo], log: () => {} });
    const app = createApi({ client: engine, workflows: [echo], streaming: true });
    const server = await serveApi({ app, host: "127.0.0.1", port: 0 });
    onTestFinished(async () => {
      await server.close();
      await engine.close();
    });
    const aws = new FakeAws();
    aws.outputs["ApiUrl"] = server.url;
    await (await engine.start(echo, { a: 1 }, { id: "there" })).outcome();
    const remote = ["--remote", "stack:Orders", "--profile", "p"];
    const shown = await treeline(aws, ["show", "there", "--json", ...remote]);
    expect([shown.code, JSON.parse(shown.out)]).toMatchObject([0, { publicId: "there", status: "SUCCEEDED" }]);
    expect(shown.callers).toEqual([{ profile: "p" }]);
    const byEnv = await treeline(aws, ["list"], { env: { TREELINE_REMOTE: "stack:Orders" } });
    expect(byEnv.out).toContain("there");
    expect((await treeline(aws, ["list", "--no-remote"])).callers).toEqual([]);
  });

  it("is no stack of ours, or none that may be asked", async () => {
    const aws = new FakeAws();
    expect(await treeline(aws, ["list", "--remote", "stack:Nobody"])).toMatchObject({ code: 3 });
    aws.fail("cloudformation:DescribeStacks", new Refusal("AccessDenied", "no", 403));
    const refused = await treeline(aws, ["list", "--remote", "stack:Orders", "--json"]);
    expect([refused.code, JSON.parse(refused.out)]).toMatchObject([4, { error: { code: "aws_refused" } }]);
  });
});

describe("redrive", () => {
  function dead(): FakeAws {
    const aws = new FakeAws();
    aws.queues.put("ShortLaunchesDeadLetters", toBody({ kind: "launch", id: "e1" }), "what\u001b[31m?");
    aws.now += 2 * HOUR;
    return aws;
  }

  it("shows what there is, without moving it", async () => {
    const aws = dead();
    const { code, out } = await treeline(aws, ["redrive", "--stack", "Orders", "--dry-run"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^short-launches +2 +0 +0$/m);
    expect(out).toMatch(/^short-launches +launch +2h ago +e1$/m);
    expect(out).toMatch(/^short-launches +\? +2h ago +\? +.*not a JSON object: what \[31m\?$/m);
    expect(aws.queues.bodies("ShortLaunches")).toEqual([]);
  });

  it("moves it", async () => {
    const aws = dead();
    const { code, out } = await treeline(aws, ["redrive", "--stack", "Orders", "--queue", "short-launches", "--json"]);
    expect(code).toBe(0);
    const found = { queue: "short-launches", waiting: 2, held: 0, moved: 2, left: 0 };
    expect(JSON.parse(out)).toMatchObject({ dryRun: false, queues: [found] });
    expect(aws.queues.bodies("ShortLaunches")).toHaveLength(2);
    expect(await treeline(aws, ["redrive", "--stack", "Orders"])).toMatchObject({ code: 0, out: "no dead letters\n" });
  });

  it("tells of what is held, and how to get it", async () => {
    const aws = dead();
    aws.functions.consume("ShortLaunchesDeadLetters");
    const { code, out, err } = await treeline(aws, ["redrive", "--stack", "Orders"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^short-launches +0 +2 +0$/m);
    expect(err).toBe("2 messages are held by the dead-letter function, and hidden; --wait moves them too\n");
  });

  it.each<[string, number, Refusal]>([
    ["sqs:GetQueueAttributes", 4, new Refusal("AccessDeniedException", "no", 403)],
    ["sqs:ReceiveMessage", 4, new Refusal("ThrottlingException", "slow down")],
    ["sqs:StartMessageMoveTask", 4, new Refusal("InternalError", "sorry", 500)],
  ])("says that %s failed", async (action, code, refusal) => {
    const aws = dead();
    aws.fail(action, refusal);
    const ended = await treeline(aws, ["redrive", "--stack", "Orders"]);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(action);
  });

  it("knows the queues by name", async () => {
    expect(await treeline(new FakeAws(), ["redrive", "--stack", "Orders", "-q", "mine"])).toMatchObject({ code: 2 });
  });
});

describe("versions", () => {
  function deployed(): FakeAws {
    const head = { pk: "t#a", sk: "h#", gpk: "default#w#0", gsk: "a", id: "a", fmt: 1, cls: "short", lv: "2" };
    const aws = new FakeAws([
      head,
      { ...head, pk: "t#b", lv: "7" },
      { pk: "t#c", sk: "h#", gpk: "g", gsk: "c", id: "c", fmt: 1, cls: "long" },
    ]);
    for (const version of [1, 2, 3]) aws.functions.publish("orders-short", version, aws.now - (50 - version) * DAY);
    aws.functions.alias("orders-short", "live", 3);
    aws.functions.publish("orders-long", 1, aws.now - HOUR);
    aws.functions.alias("orders-long", "live", 1);
    return aws;
  }

  it("lists them", async () => {
    const { code, out } = await treeline(deployed(), ["versions", "--stack", "Orders"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^short +1 +49d ago +0 +nobody runs on it: --prune deletes it$/m);
    expect(out).toMatch(/^short +2 +48d ago +1$/m);
    expect(out).toMatch(/^short +3 +47d ago +0 +live$/m);
    expect(out).toMatch(/^short +7 +\? +1 +was deleted: its executions cannot go on$/m);
    expect(out).toMatch(/^long +1 +1h ago +0 +live$/m);
    expect(out).toContain("1 open execution has not begun yet");
  });

  it("prunes them", async () => {
    const aws = deployed();
    const { code, out } = await treeline(aws, ["versions", "--stack", "Orders", "--prune"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^short +1 +49d ago +0 +deleted$/m);
    expect(out).toContain("1 version deleted");
    expect(aws.functions.deleted).toEqual(["orders-short:1"]);
    const json = await treeline(aws, ["versions", "--stack", "Orders", "--prune", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({
      unpinned: 1,
      versions: [{ version: "2", open: 1, state: "used" }, {}, {}, {}],
    });
  });

  it("ends with a code that tells what went wrong", async () => {
    const aws = deployed();
    expect(await treeline(aws, ["versions", "--stack", "Orders", "--force"])).toMatchObject({ code: 2 });
    aws.fail("lambda:DeleteFunction", new Refusal("ResourceConflictException", "an alias", 409), 1);
    expect(await treeline(aws, ["versions", "--stack", "Orders", "--prune"])).toMatchObject({ code: 1 });
    aws.fail("lambda:DeleteFunction", new Refusal("AccessDeniedException", "no", 403));
    const refused = await treeline(aws, ["versions", "--stack", "Orders", "--prune"]);
    expect(refused).toMatchObject({ code: 4, out: "" });
    expect(refused.err).toContain("lambda:DeleteFunction on orders-short:1");
  });

  it("tells what rights it takes", async () => {
    const { out } = await treeline(new FakeAws(), ["versions", "--help"]);
    for (const right of [
      "cloudformation:DescribeStacks",
      "lambda:ListAliases",
      "dynamodb:Scan",
      "lambda:DeleteFunction",
    ])
      expect(out).toContain(right);
  });
});

/** D28: dead letters get another turn, and none is lost on the way. */
import { describe, expect, it } from "vitest";
import { toBody } from "../../../lib/homes/aws/messages.ts";
import { QUEUE_NAMES } from "../../../lib/operator/dead-letter-queues.ts";
import { redrive, type RedriveOptions } from "../../../lib/operator/redrive.ts";
import { describeStack } from "../../../lib/operator/stack.ts";
import { FakeAws } from "../../helpers/aws/fake-aws.ts";
import { Refusal } from "../../helpers/aws/fake-refusal.ts";

const DEAD = "ShortLaunchesDeadLetters";
const MINUTE = 60_000;

function launches(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => toBody({ kind: "launch", id: `e${at}` }));
}

async function run(aws: FakeAws, options: Partial<RedriveOptions> = {}) {
  const clients = aws.clients();
  const stack = await describeStack(clients.cloudFormation, "Orders");
  const told: string[] = [];
  const defaults = { queues: QUEUE_NAMES, dryRun: false, wait: false, waiting: aws.waiting() };
  const queues = await redrive(clients, stack, { ...defaults, tell: (text) => told.push(text), ...options });
  return { queues, told, first: queues[0] };
}

describe("what there is", () => {
  it("is told, and stays where it is", async () => {
    const aws = new FakeAws();
    aws.queues.put(DEAD, toBody({ kind: "launch", id: "e1" }), '{"fmt":2,"kind":"leap","id":"e2"}', "what?");
    aws.queues.put("LongCompletionsDeadLetters", toBody({ kind: "host", name: "e3-1", status: "ABORTED" }));
    const { queues } = await run(aws, { dryRun: true });
    expect(queues.map(({ queue, waiting, held, moved }) => [queue, waiting, held, moved])).toEqual([
      ["short-launches", 3, 0, 0],
      ["short-completions", 0, 0, 0],
      ["long-launches", 0, 0, 0],
      ["long-completions", 1, 0, 0],
    ]);
    expect(queues[0]?.letters).toMatchObject([
      { kind: "launch", id: "e1", sentAt: aws.now },
      { kind: "leap", id: "e2", unreadable: expect.stringContaining("format 2 is not 1") },
      { unreadable: expect.stringContaining("not a JSON object"), body: "what?" },
    ]);
    expect(queues[3]?.letters).toMatchObject([{ kind: "host", id: "e3-1" }]);
    expect(aws.queues.visible(DEAD)).toHaveLength(3);
    expect(aws.calls.filter((call) => /Move|Delete|Send/.test(call))).toEqual([]);
  });

  it("is asked of the queues that are named alone", async () => {
    const aws = new FakeAws();
    aws.queues.put(DEAD, ...launches(1));
    aws.queues.put("LongLaunchesDeadLetters", ...launches(1));
    const { queues } = await run(aws, { queues: ["long-launches"] });
    expect(queues).toMatchObject([{ queue: "long-launches", moved: 1 }]);
    expect(aws.queues.bodies(DEAD)).toHaveLength(1);
  });
});

describe("moved by SQS", () => {
  it("goes back to the queue it came from, all of it", async () => {
    const aws = new FakeAws();
    aws.queues.put(DEAD, ...launches(25));
    const { first } = await run(aws);
    expect(first).toMatchObject({ waiting: 25, moved: 25, left: 0 });
    expect(aws.queues.bodies("ShortLaunches")).toEqual(launches(25));
    expect(aws.queues.bodies(DEAD)).toEqual([]);
  });

  it("is not moved twice: a task that is under way is waited for", async () => {
    const aws = new FakeAws();
    aws.queues.put(DEAD, ...launches(25));
    const arn = `arn:aws:sqs:eu-central-1:000000000000:`;
    aws.queues.tasks.push({ from: arn + DEAD, to: `${arn}ShortLaunches`, status: "RUNNING", moved: 0 });
    expect((await run(aws)).first).toMatchObject({ moved: 25 });
    expect(aws.calls).not.toContain("sqs:StartMessageMoveTask");
  });

  it("is not taken for what was moved before", async () => {
    const aws = new FakeAws();
    aws.queues.put(DEAD, ...launches(3));
    expect((await run(aws)).first).toMatchObject({ moved: 3 });
    aws.queues.put(DEAD, ...launches(15));
    aws.queues.oldLists = 4;
    expect((await run(aws)).first).toMatchObject({ moved: 15 });
  });

  it("says why it stopped", async () => {
    const aws = new FakeAws();
    aws.queues.put(DEAD, ...launches(25));
    aws.queues.taskFailsAfter = 20;
    const why = /stopped moving short-launches after 20 messages: AccessDenied/;
    await expect(run(aws)).rejects.toMatchObject({ code: "aws_failed", message: expect.stringMatching(why) });
    expect(aws.queues.bodies(DEAD)).toHaveLength(5);
  });

  it("goes on without a person who has had enough", async () => {
    const aws = new FakeAws();
    aws.queues.put(DEAD, ...launches(25));
    const { first } = await run(aws, { waiting: aws.waiting(AbortSignal.abort()) });
    expect(first).toMatchObject({ moved: 10 });
    expect(aws.queues.tasks).toMatchObject([{ status: "RUNNING" }]);
  });
});

describe("moved by hand, where SQS has no such task", () => {
  function without(): FakeAws {
    const aws = new FakeAws();
    aws.fail("sqs:ListMessageMoveTasks", new Refusal("UnknownOperationException", "no such action"));
    aws.fail("sqs:StartMessageMoveTask", new Refusal("UnknownOperationException", "no such action"));
    aws.queues.put(DEAD, ...launches(25));
    return aws;
  }

  it("goes back to the queue it came from, all of it", async () => {
    const aws = without();
    expect((await run(aws)).first).toMatchObject({ moved: 25 });
    expect(aws.queues.bodies("ShortLaunches")).toEqual(launches(25));
    expect(aws.queues.bodies(DEAD)).toEqual([]);
  });

  it("deletes nothing that was not taken in", async () => {
    const aws = without();
    aws.queues.refuses = '"e7"';
    await expect(run(aws)).rejects.toMatchObject({
      code: "aws_failed",
      message: expect.stringContaining("refused 1 "),
    });
    expect(aws.queues.bodies(DEAD)).toContain(launches(8)[7]);
    expect(new Set([...aws.queues.bodies("ShortLaunches"), ...aws.queues.bodies(DEAD)])).toEqual(new Set(launches(25)));
  });

  it("deletes nothing when sending fails", async () => {
    const aws = without();
    aws.fail("sqs:SendMessageBatch", new Refusal("AccessDeniedException", "no", 403));
    await expect(run(aws)).rejects.toMatchObject({
      code: "aws_refused",
      message: expect.stringContaining("sqs:SendMessage"),
    });
    expect(aws.queues.bodies(DEAD)).toEqual(launches(25));
  });

  it("is not tried when SQS only refuses", async () => {
    const aws = new FakeAws();
    aws.queues.put(DEAD, ...launches(1));
    aws.fail("sqs:StartMessageMoveTask", new Refusal("AccessDeniedException", "no", 403));
    await expect(run(aws)).rejects.toMatchObject({ code: "aws_refused" });
    expect(aws.calls).not.toContain("sqs:SendMessageBatch");
  });
});

describe("what the dead-letter function holds", () => {
  function held(): FakeAws {
    const aws = new FakeAws();
    aws.queues.put(DEAD, "unreadable", "unreadable too");
    aws.functions.consume(DEAD);
    aws.queues.visible(DEAD);
    return aws;
  }

  it("is told of, and left", async () => {
    const aws = held();
    expect((await run(aws)).first).toMatchObject({ waiting: 0, held: 2, left: 2, moved: 0 });
    expect(aws.queues.bodies(DEAD)).toHaveLength(2);
    expect(aws.calls.some((call) => call.startsWith("lambda:"))).toBe(false);
  });

  it("is waited for while the function is paused, and moved", async () => {
    const aws = held();
    const before = aws.now;
    const { first, told } = await run(aws, { wait: true });
    expect(first).toMatchObject({ held: 2, left: 0, moved: 2 });
    expect(aws.queues.bodies("ShortLaunches")).toEqual(["unreadable", "unreadable too"]);
    expect(aws.now - before).toBeGreaterThanOrEqual(15 * MINUTE);
    expect(aws.now - before).toBeLessThan(16 * MINUTE);
    expect(told).toEqual([expect.stringContaining("mapping-1")]);
    expect(aws.functions.mappings).toMatchObject([{ State: "Enabling" }]);
  });

  it("is read again whatever happens", async () => {
    const aws = held();
    aws.fail("sqs:StartMessageMoveTask", new Refusal("AccessDeniedException", "no", 403));
    await expect(run(aws, { wait: true })).rejects.toMatchObject({ code: "aws_refused" });
    expect(aws.functions.mappings).toMatchObject([{ State: "Enabling" }]);
  });

  it("is read again when pausing fails, though Lambda is still busy with it", async () => {
    const aws = held();
    aws.fail("lambda:GetEventSourceMapping", new Refusal("AccessDeniedException", "no", 403));
    await expect(run(aws, { wait: true })).rejects.toMatchObject({ code: "aws_refused" });
    expect(aws.functions.mappings).toMatchObject([{ State: "Enabling" }]);
    expect(aws.calls.filter((call) => call === "lambda:UpdateEventSourceMapping")).toHaveLength(3);
  });

  it("is read again when the person has had enough", async () => {
    const aws = held();
    const { first } = await run(aws, { wait: true, waiting: aws.waiting(AbortSignal.abort()) });
    expect(first).toMatchObject({ moved: 0, left: 2 });
    expect(aws.functions.mappings).toMatchObject([{ State: "Enabling" }]);
  });

  it("leaves a function switched off that was so before", async () => {
    const aws = held();
    const [mapping] = aws.functions.mappings;
    if (mapping !== undefined) mapping.State = "Disabled";
    const { told } = await run(aws, { wait: true });
    expect(told[0]).toContain("mapping-1 is switched off");
    expect(aws.functions.mappings).toMatchObject([{ State: "Disabled" }]);
    expect(aws.calls).not.toContain("lambda:UpdateEventSourceMapping");
  });
});

/** Whoever is woken by an alarm finds what to do. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { Stack } from "aws-cdk-lib";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, it } from "vitest";
import { Treeline } from "../../infra/constructs/treeline.ts";
import { Template } from "aws-cdk-lib/assertions";
import { app, EXAMPLES, references, root, synthesize } from "./synth.ts";

const { ofType } = synthesize();
const alarms = [...ofType("AWS::CloudWatch::Alarm").values()].map(({ Properties }) => {
  const [, name = "", anchor = ""] =
    /^(\w+): .+ Runbook: infra\/RUNBOOK\.md#([\w-]+)$/.exec(Properties["AlarmDescription"]) ?? [];
  return { name, anchor, properties: Properties };
});

const chapters = new Map(
  readFileSync(path.join(root, "infra/RUNBOOK.md"), "utf8")
    .split(/^## /m)
    .slice(1)
    .map((chapter) => [chapter.slice(0, chapter.indexOf("\n")), chapter]),
);

describe("the alarms", () => {
  it("watch every dead-letter queue (D28), and the queue of what was not delivered", () => {
    const watched = alarms
      .filter(({ name }) => name.endsWith("DeadLetters") || name === "Undelivered")
      .flatMap(({ properties }) => references(properties["Metrics"]));
    const redriven = [...ofType("AWS::SQS::Queue").values()].flatMap(({ Properties }) =>
      references(Properties["RedrivePolicy"]),
    );
    expect(redriven).toHaveLength(4);
    expect(watched).toEqual(expect.arrayContaining(redriven));
    expect(watched).toContainEqual(expect.stringContaining("Undelivered"));
  });

  it("are one per way of failing that nobody is told of otherwise", () => {
    expect(alarms.map(({ name }) => name).toSorted()).toEqual([
      "ApiErrors",
      "ApiServerErrors",
      "DeadLetterErrors",
      "GivenUp",
      "HostsFailed",
      "HostsThrottled",
      "LongCompletionsAge",
      "LongCompletionsDeadLetters",
      "LongExecutorErrors",
      "LongExecutorThrottles",
      "LongLaunchesAge",
      "LongLaunchesDeadLetters",
      "PruneErrors",
      "ShortCompletionsAge",
      "ShortCompletionsDeadLetters",
      "ShortExecutorErrors",
      "ShortExecutorThrottles",
      "ShortLaunchesAge",
      "ShortLaunchesDeadLetters",
      "StartErrors",
      "SweepErrors",
      "SweepFindings",
      "SweepMissing",
      "TableSystemErrors",
      "TableThrottles",
      "TriggerErrors",
      "Undelivered",
    ]);
  });

  it.each(alarms)("$name has its place in the runbook, by its name", ({ name, anchor }) => {
    expect(chapters.get(anchor)).toContain(`\`${name}\``);
  });

  it("are all that the runbook has", () => {
    const named = [...chapters.values()].flatMap((chapter) =>
      Array.from((chapter.split("\n")[2] ?? "").matchAll(/`(\w+)`/g), ([, name]) => name),
    );
    expect(new Set(named)).toEqual(new Set(alarms.map(({ name }) => name)));
  });

  it("tell a topic when they go off and when they are over", () => {
    const stack = new Stack(app(), "Test");
    const topic = new Topic(stack, "Topic");
    new Treeline(stack, "Treeline", { workflows: EXAMPLES, alarms: { topic, runbookUrl: "https://wiki/runbook" } });
    const told = Object.values(Template.fromStack(stack).findResources("AWS::CloudWatch::Alarm"));
    for (const { Properties } of told) {
      expect([references(Properties.AlarmActions), references(Properties.OKActions)]).toEqual([
        [expect.stringMatching(/^Topic/)],
        [expect.stringMatching(/^Topic/)],
      ]);
      expect(Properties.AlarmDescription).toContain("Runbook: https://wiki/runbook#");
    }
  });

  it("and the dashboard can be left out", () => {
    const { ofType: of } = synthesize({ alarms: false, dashboard: false });
    expect([of("AWS::CloudWatch::Alarm").size, of("AWS::CloudWatch::Dashboard").size]).toEqual([0, 0]);
  });
});

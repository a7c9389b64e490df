/**
 * D30, the strict lane: linger 0, so that every wait is a park and every wake a replay in another invocation; and once
 * more with every journal, input, and end in many pieces and chunks. What an execution does, operation by operation, is
 * what it does live.
 */
import { describe, expect, it } from "vitest";
import type { AwsSettings } from "../../lib/homes/aws/context.ts";
import { awsHome } from "../helpers/aws/aws-home.ts";
import { embeddedHome } from "../helpers/embedded-home.ts";
import { course } from "./course.ts";
import { isGap } from "./gap-rows.ts";
import { observe, verify } from "./runner.ts";
import { loadScenarios } from "./runner-scenarios.ts";

/** Where two things that happen at once are recorded in either order, and the record shows which was first. */
const RACES = new Map<RegExp, string>([
  [
    /^(M05-deep|T10|T10-chain|T20-cancel|field-d-wait_.*|field-g-cancel|A6-awaited|B1-cancel-(asked|requested))$/,
    "the answer to a cancel, or the end it brings",
  ],
  [/^(field-j-handle-terminate|T16-.*-stopped)$/, "a stop, or what the stopped one does at that moment"],
  [/^field-e-(stop|cancel)$/, "a wait ends in the millisecond of the request"],
  [/^(D9|D9-many)$/, "the end of a child that a step started, or of its parent"],
  [/^M02-id-race$/, "two that ask for one id"],
  [/^A12-terminate$/, "a stop, or the first operation of the child that it stops"],
  [/^B18-allowed$/, "the cancel that an execution asked for reaches itself, or its next operation begins"],
]);

const SMALL: Partial<AwsSettings> = { lingerMs: 0, headBytes: 200, endBytes: 200, chunkBytes: 300 };
const live = embeddedHome();
const scenarios = (await loadScenarios()).filter((scenario) => !isGap(scenario));

for (const home of [awsHome("aws, parked at every wait", { lingerMs: 0 }), awsHome("aws, in small pieces", SMALL)]) {
  describe(`D30: on the home "${home.name}" every execution does what it does live`, () => {
    for (const scenario of scenarios) {
      it(`${scenario.id} ${scenario.title}`, async () => {
        const observation = await observe(scenario, home);
        verify(scenario, observation);
        const isRace = [...RACES.keys()].some((ids) => ids.test(scenario.id));
        const expected = isRace ? course(observation) : course(await observe(scenario, live));
        expect(course(observation)).toEqual(expected);
      });
    }
  });
}

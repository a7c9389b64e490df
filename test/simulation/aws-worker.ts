/** A process of a campaign of the AWS home. */
import { awsBugs } from "./aws-bugs.ts";
import { serveCampaign } from "./serve-campaign.ts";

serveCampaign(awsBugs, async () => {
  const { awsCaseOf, simulateAws } = await import("./aws-simulate.ts");
  return async (seed, coverage) => {
    const { problems, world } = await simulateAws(awsCaseOf(seed));
    for (const [fault, times] of world.met) coverage[fault] = (coverage[fault] ?? 0) + times;
    return problems;
  };
});

/** A process of a campaign of the embedded home. */
import { bugs } from "./bugs.ts";
import { serveCampaign } from "./serve-campaign.ts";

serveCampaign(bugs, async () => undefined);

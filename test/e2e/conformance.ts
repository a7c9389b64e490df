/** Every scenario, on the deployed stack: in this process speaks the client that the HTTP API speaks, too. */
import { describe } from "vitest";
import { bindScenarios } from "../conformance/runner-bind.ts";
import { loadScenarios } from "../conformance/runner-scenarios.ts";
import { deployedHome } from "./deployed-home.ts";
import { homeOf } from "./deployment.ts";
import { unsupported } from "./unsupported.ts";
import { isDeployed } from "./workflows-module.ts";

/** Longer than the longest of them, C20-next-heartbeat, takes. */
const PATIENCE_MS = 170_000;

export async function conformance(): Promise<void> {
  const scenarios = (await loadScenarios()).filter(isDeployed);
  const { client } = homeOf("Conformance", [...new Set(scenarios.flatMap(({ workflows }) => workflows))]);
  const home = deployedHome({ name: "deployed", client: () => client, patienceMs: PATIENCE_MS, unsupported });
  describe("conformance", async () => {
    // Two hundred children keep the emulator from everything else for a while.
    await bindScenarios(home, undefined, {
      concurrent: true,
      first: ["C20-next-heartbeat"],
      last: ["field-a", "M14-200"],
    });
  });
}

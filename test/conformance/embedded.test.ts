import { embeddedHome } from "../helpers/embedded-home.ts";
import { bindScenarios } from "./runner-bind.ts";

const live = embeddedHome();
await bindScenarios(live);

// Replays from the journal at every wait: what was live must come out again (D1, D30).
await bindScenarios(embeddedHome({ eviction: "always" }), live);

import { behindApi } from "../helpers/api-home.ts";
import { embeddedHome } from "../helpers/embedded-home.ts";
import { bindScenarios } from "./runner-bind.ts";

// Operation by operation as without the API: it and the remote client lose nothing.
const direct = embeddedHome();
await bindScenarios(behindApi(direct, { streaming: true }), direct);

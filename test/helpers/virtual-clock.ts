export { VirtualClock } from "../../lib/testing/virtual-clock.ts";

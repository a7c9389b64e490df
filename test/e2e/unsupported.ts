/** Scenarios that the deployed stack cannot play, and why. They must fail there (H26): none of them is deployed. */
const TIME = "real durations, and not units, are what it is about: here they would last for minutes, or an hour";
const LIMITS = "it needs a limit of the engine lowered, and limits belong to a deployment as a whole; played in memory";

export const unsupported: readonly { readonly scenario: string; readonly reason: string }[] = [
  { scenario: "2-4", reason: TIME },
  { scenario: "2-5", reason: TIME },
  { scenario: "M31", reason: LIMITS },
  { scenario: "T28", reason: LIMITS },
  { scenario: "depth-engine", reason: LIMITS },
  { scenario: "fault:C5", reason: LIMITS },
  { scenario: "fault:C5-errors", reason: LIMITS },
  { scenario: "fault:C5-grown", reason: LIMITS },
  {
    scenario: "T28-1000",
    reason: "a thousand children take the emulator minutes on two cores; 200 are run (M14-200), a thousand in memory",
  },
];

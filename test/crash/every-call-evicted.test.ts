import { crashEverywhere } from "./crash-everywhere.ts";

await crashEverywhere("executions put away at every wait, a crash behind every call", { eviction: "always" });
// Reading and committing take time: what would stand in one commit group comes apart, and a crash gets in between.
await crashEverywhere("put away on a slow disk, a crash behind every call", { eviction: "always", slowDisk: true });

import { crashEverywhere } from "./crash-everywhere.ts";

await crashEverywhere("live executions, a crash behind every call", {});
await crashEverywhere("live executions, two crashes in a row", {}, 1);

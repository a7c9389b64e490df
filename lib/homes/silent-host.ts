/** What a session needs that replays a journal and asks nobody for anything: nothing is carried out, nothing is kept. */
import type { SessionHost } from "../ports/session-host.ts";

function ignore(): void {}

export const SILENT = {
  log: ignore,
  plugins: [],
  append: ignore,
  whenDurable: ignore,
  introduce: ignore,
  launch: ignore,
  watch: ignore,
  find: ignore,
  unwatch: ignore,
  working: ignore,
  send: ignore,
  parked: ignore,
  ephemeral: ignore,
  work: ignore,
  runStep: ignore,
} satisfies Partial<SessionHost>;

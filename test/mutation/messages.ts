/** What a process that plays one mutant tells its parent. */
export type FromWorker =
  /** This is tried now: if nothing more is heard, this is what hangs. */
  { readonly trying: string } | { readonly red: string; readonly reason: string } | { readonly survived: number };

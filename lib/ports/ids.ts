/** Ids and randomness of a home (K12). */
export interface Ids {
  /** Internal id of a new root: 20 characters of `[a-z0-9]`, later ones sort after earlier ones. */
  root(): string;
  /** For jitter only; workflow code has `ctx.random`. In [0, 1). */
  random(): number;
}

/** Watches workflow code for what works live and differs on replay (D17). */
export interface CodeGuard {
  /**
   * The workflow code of the execution at `path` made such a call.
   * @throws NonDeterministicExecutionError where that is to fail
   */
  unsafe(path: string, call: string, advice: string): void;
  /**
   * The workflow code of the execution at `path` went on after it had awaited something foreign.
   * @throws ForeignAwaitError where that is to fail
   */
  strayed(path: string): void;
}

/** Whom an execution that was started from outside tells of its end, besides whoever asks. */
export type CompletionTarget =
  /** A state of a state machine, by its task token: it gets the output, or the error. */
  | { readonly taskToken: string }
  /** A queue of SQS, by its URL. */
  | { readonly queue: string }
  /** An event bus of EventBridge, by its name or ARN. */
  | { readonly eventBus: string };

/** How long a second of the scenarios is on the deployed stack, in milliseconds (D29): SQS delays in whole seconds. */
export const UNIT_MS = 2_000;

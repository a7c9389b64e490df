/** Rights that the stack grants and the end-to-end run does not use, each with its reason (issue 4, line 3). */
const TWIN = "the long class is the short one again, for long steps: the run drives most of it through the short one";

export const unused: readonly { readonly right: RegExp; readonly reason: string }[] = [
  { right: /: xray:/, reason: "Lambda and Step Functions send traces themselves, and the emulator has no X-Ray" },
  { right: /: sqs:\w+ on .*TreelineLong(Launches|Completions)/, reason: TWIN },
  { right: /: lambda:InvokeFunction on .*TreelineExecutorsLong/, reason: TWIN },
  {
    right: /ApiRole.*: dynamodb:(DeleteItem|BatchWriteItem)/,
    reason: "takes back a signal whose execution ended while it was being sent: a race that no run can be sure to lose",
  },
  {
    right: /TriggerRole.*: sqs:SendMessage on .*TreelineUndelivered/,
    reason: "Lambda sends there, in the function's name, the events for which it failed three times in six hours",
  },
];

/** Calls that the emulator makes in a role's name and AWS does not. */
export const refusedByTheEmulator: Readonly<Record<string, string>> = {
  "logs:CreateLogGroup":
    "the log group of each function is part of the stack; the emulator tries to make it all the same",
};

import { type Command, Option } from "commander";
import type { Letter, QueueName } from "../../operator/dead-letter-queues.ts";
import type { Redriven } from "../../operator/redrive.ts";
import { stackCommand, type StackOptions, withStack } from "../aws.ts";
import type { Job } from "../command.ts";
import { onInterrupt } from "../interrupt.ts";
import { formatTable } from "../table.ts";
import { plural } from "../text.ts";
import { formatAgo } from "../time.ts";

interface RedriveOptions extends StackOptions {
  readonly queue?: readonly QueueName[];
  readonly dryRun?: true;
  readonly wait?: true;
}

const RIGHTS = [
  "sqs:GetQueueAttributes, sqs:ReceiveMessage on the dead-letter queues (all that --dry-run needs)",
  "sqs:StartMessageMoveTask, sqs:ListMessageMoveTasks, sqs:DeleteMessage on the dead-letter queues",
  "sqs:GetQueueAttributes, sqs:SendMessage on the queues they belong to",
  "with --wait: lambda:ListEventSourceMappings, lambda:GetEventSourceMapping, lambda:UpdateEventSourceMapping",
];

const NAMES: readonly QueueName[] = ["short-launches", "short-completions", "long-launches", "long-completions"];

export function redriveCommand(job: Job): Command {
  return stackCommand("redrive", job.terminal, RIGHTS)
    .description("Give the dead letters of a deployed stack another turn: back to the queues they came from")
    .addOption(new Option("-q, --queue <name...>", "only these queues").choices(NAMES))
    .option("--dry-run", "show what there is, and leave it there")
    .option("--wait", "also what the dead-letter function holds: pauses it, and waits (15 minutes at most)")
    .action((options: RedriveOptions) => redriveAll(job, options));
}

async function redriveAll(job: Job, options: RedriveOptions): Promise<void> {
  const { terminal, output } = job;
  const [{ redrive }, { realWaiting }] = await Promise.all([
    import("../../operator/redrive.ts"),
    import("../../operator/waiting.ts"),
  ]);
  const interrupt = onInterrupt();
  try {
    const queues = await withStack(job.aws, options, (clients, stack) =>
      redrive(clients, stack, {
        queues: options.queue ?? NAMES,
        dryRun: options.dryRun === true,
        wait: options.wait === true,
        waiting: realWaiting(() => terminal.now(), interrupt.signal),
        tell: (text) => output.note(text),
      }),
    );
    if (interrupt.signal.aborted) job.end(interrupt.code);
    if (options.json === true) output.json({ dryRun: options.dryRun === true, queues });
    else tell(job, queues, options);
  } finally {
    interrupt.dispose();
  }
}

function tell({ output, terminal }: Job, queues: readonly Redriven[], { dryRun, wait }: RedriveOptions): void {
  const count = (of: (queue: Redriven) => number): number => queues.reduce((sum, queue) => sum + of(queue), 0);
  if (count(({ waiting, held }) => waiting + held) === 0) return output.print("no dead letters");
  const rows = queues.map(({ queue, waiting, held, moved }) => [queue, ...[waiting, held, moved].map(String)]);
  output.printStyled(formatTable(["QUEUE", "WAITING", "HELD", "MOVED"], rows, output.paint));
  const letters = queues.flatMap(({ queue, letters: some }) =>
    some.map((letter) => rowOf(queue, letter, terminal.now())),
  );
  if (letters.length > 0) {
    output.printStyled(`\n${formatTable(["QUEUE", "KIND", "SENT", "EXECUTION", ""], letters, output.paint)}`);
    const rest = count(({ waiting }) => waiting) - letters.length;
    if (rest > 0) output.print(`and ${rest} more`);
  }
  const left = count((queue) => queue.left);
  if (left === 0) return;
  const words = `${plural(left, "message is", "messages are")} held by the dead-letter function, and hidden`;
  output.note(wait === true && dryRun !== true ? `${words} still: run it again` : `${words}; --wait moves them too`);
}

function rowOf(queue: string, letter: Letter, now: number): string[] {
  const { kind = "?", id = "?", sentAt, unreadable, body = "" } = letter;
  const why = unreadable === undefined ? "" : `${unreadable}: ${body}`;
  return [queue, kind, sentAt === undefined ? "?" : formatAgo(sentAt, now), id, why];
}

import type { Command } from "commander";
import type { EventFilter } from "../../ports/client.ts";
import { storeCommand, withAccess, type Job, type StoreOptions } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { formatEvent } from "../event-line.ts";
import { onInterrupt } from "../interrupt.ts";
import type { Visitor } from "../outside-client.ts";

interface EventsOptions extends StoreOptions {
  readonly follow?: boolean;
  readonly after?: string;
  readonly descendants: boolean;
}

export function eventsCommand(job: Job): Command {
  return storeCommand("events", job)
    .description("Print what happened in an execution and below it; with --json one event per line")
    .argument("<id>", "id of the execution")
    .option("--follow", "go on until everything has ended")
    .option("--after <cursor>", "only events behind this one")
    .option("--no-descendants", "only the execution's own events")
    .action((id: string, options: EventsOptions) =>
      withAccess(job, options, ({ client }) => events(job, client, id, options)),
    );
}

async function events(job: Job, client: Visitor, id: string, options: EventsOptions): Promise<void> {
  const interrupt = onInterrupt();
  try {
    for await (const event of client.events(id, toFilter(options, interrupt.signal), options.namespace)) {
      if (options.json === true) job.output.json(event, { lineWise: true });
      else job.output.printStyled(formatEvent(event, job.output.paint));
    }
    if (interrupt.signal.aborted) job.end(EXIT.interrupted);
  } finally {
    interrupt.dispose();
  }
}

function toFilter({ follow = false, after, descendants }: EventsOptions, signal: AbortSignal): EventFilter {
  return { follow, descendants, signal, ...(after === undefined ? undefined : { after }) };
}

/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): as fast as they are read. */
import type { EventFilter, ExecutionEvent } from "../ports/client.ts";
import { EVENT_STREAM_TYPE, write } from "./forms.ts";
import { plainEvent } from "./plain-views.ts";
import { toProblem } from "./problem.ts";
import type { Call } from "./route.ts";

/** What a browser waits before it connects again. */
const RETRY_MS = 1_000;

export const STREAM_HEADERS = {
  "content-type": EVENT_STREAM_TYPE,
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

/** Nothing is read, and no timer is set, before the body is read: a host may drop the body of an answer unread. */
export function streamEvents(call: Call, filter: EventFilter): Response {
  let stream: EventStream | undefined;
  const source = {
    pull: (controller: Controller) => {
      if (stream !== undefined) return stream.more(controller);
      stream = new EventStream(call, filter);
      return stream.begin(controller);
    },
    cancel: () => stream?.end(),
  };
  return new Response(new ReadableStream<Uint8Array>(source, { highWaterMark: 0 }), { headers: STREAM_HEADERS });
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

class EventStream {
  readonly #call: Call;
  readonly #letGo = new AbortController();
  readonly #signal: AbortSignal;
  readonly #events: AsyncIterator<ExecutionEvent>;
  #cancelHeartbeat: (() => void) | undefined;

  constructor(call: Call, filter: EventFilter) {
    const { client, id, namespace, request, served } = call;
    const { closing } = served;
    this.#call = call;
    this.#signal = AbortSignal.any([this.#letGo.signal, request.signal, ...(closing === undefined ? [] : [closing])]);
    this.#events = client.events(id, { ...filter, signal: this.#signal }, namespace)[Symbol.asyncIterator]();
  }

  begin(controller: Controller): void {
    controller.enqueue(bytes(`retry: ${RETRY_MS}\n\n`));
    this.#beat(controller);
  }

  async more(controller: Controller): Promise<void> {
    try {
      const { done, value } = await this.#events.next();
      if (done !== true) return controller.enqueue(bytes(this.#format(value)));
      // When we go, or the reader does, that is not the end of what is followed.
      if (!this.#signal.aborted) controller.enqueue(bytes("event: end\ndata: {}\n\n"));
    } catch (error) {
      controller.enqueue(bytes(`event: problem\ndata: ${JSON.stringify(this.#problem(error))}\n\n`));
    }
    this.end();
    controller.close();
  }

  end(): void {
    this.#cancelHeartbeat?.();
    this.#letGo.abort();
    // Nobody asks for the next one, which would have told the source to clean up.
    this.#events.return?.().catch(() => {});
  }

  #problem(failure: unknown): object {
    const { error, ...told } = toProblem(failure);
    return this.#call.form === "stored" ? { ...told, error } : told;
  }

  #format(event: ExecutionEvent): string {
    const { form } = this.#call;
    const id = event.ephemeral === true ? "" : `id: ${event.cursor}\n`;
    return `${id}data: ${write(form === "stored" ? event : plainEvent(event), form)}\n\n`;
  }

  /** A comment now and then, so that nobody on the way takes silence for the end. */
  #beat(controller: Controller): void {
    const { clock, limits } = this.#call.served;
    this.#cancelHeartbeat = clock.at(clock.now() + limits.heartbeatSeconds * 1_000, () => {
      if (this.#signal.aborted) return;
      // A reader that has not taken the last chunk needs no sign of life. An empty queue of this stream has size 0.
      if (controller.desiredSize === 0) controller.enqueue(bytes(": heartbeat\n\n"));
      this.#beat(controller);
    });
  }
}

const encoder = new TextEncoder();

function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

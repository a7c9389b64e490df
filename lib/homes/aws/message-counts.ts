/** What the way of a message is billed: who takes it pays for it. */
import type { SomeCounts } from "./meter.ts";
import type { Received } from "./messages.ts";

export interface Way {
  /** Sent, received, deleted; and the part of the invocation that takes it. */
  readonly whole: SomeCounts;
  /** That of one which is given back: it is not deleted, and who takes it the next time pays for sending it. */
  readonly back: SomeCounts;
}

/** @param batch messages that came with it, itself counted */
export function wayOf(message: Received, batch: number): Way {
  const received = { requests: 1 / batch, invocations: 1 / batch };
  const sent = 1 / (message.of ?? 1);
  // The state that sends a kick is a transition.
  const transitions = message.kind === "kick" ? 1 : 0;
  // Whoever armed it has paid for what it does when nothing is left to do.
  const paid = message.kind === "park" ? armedCounts(message.id) : {};
  const { requests = 0, invocations = 0, readUnits = 0 } = paid;
  return {
    whole: {
      requests: received.requests + sent + 1 / batch - requests,
      invocations: received.invocations - invocations,
      readUnits: -readUnits,
      transitions,
    },
    back: received,
  };
}

/** Of the message that a park arms, which mostly comes when the execution has ended: it looks, and redoes the tail. */
export function armedCounts(id: string): SomeCounts {
  const isChild = id.includes("-");
  return { requests: 3, invocations: 1, readUnits: isChild ? 3 : 2 };
}

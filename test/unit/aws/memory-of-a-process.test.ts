/** What a process remembers, to do less. */
import { describe, expect, it } from "vitest";
import { Patience } from "../../../lib/homes/aws/patience.ts";
import { SentWakes } from "../../../lib/homes/aws/sent-wakes.ts";

describe("wakes of one park", () => {
  it("are sent once, and all wait until it is in the queue", async () => {
    const wakes = new SentWakes();
    const sent: string[] = [];
    const queue = Promise.withResolvers<void>();
    const send = (name: string) => () => {
      sent.push(name);
      return queue.promise;
    };
    const both = Promise.all([wakes.once("a", 1, send("first")), wakes.once("a", 1, send("second"))]);
    await wakes.once("a", 2, async () => void sent.push("of another park"));
    expect(await Promise.race([both, Promise.resolve("still under way")])).toBe("still under way");
    queue.resolve();
    await both;
    expect(sent).toEqual(["first", "of another park"]);
  });

  it("are sent again when the first did not get there", async () => {
    const wakes = new SentWakes();
    const lost = new Error("throttled");
    await expect(wakes.once("a", 1, () => Promise.reject(lost))).rejects.toBe(lost);
    let sent = 0;
    await wakes.once("a", 1, async () => void (sent += 1));
    expect(sent).toBe(1);
  });
});

describe("patience", () => {
  it("is there for a workflow that nobody knows, and ends with one that took long", () => {
    const patience = new Patience();
    expect(patience.endsWithin("leaf", 250)).toBe(true);
    patience.note("leaf", 5_000);
    expect(patience.endsWithin("leaf", 250)).toBe(false);
    patience.note("leaf", 100);
    expect(patience.endsWithin("leaf", 250)).toBe(true);
  });
});

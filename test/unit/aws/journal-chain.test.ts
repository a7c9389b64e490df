/** K1 on AWS: of holders that outlived their leases, no piece counts that the holder behind them did not read. */
import { describe, expect, it } from "vitest";
import type { Entry } from "../../../lib/kernel/journal.ts";
import { fold, type Piece } from "../../../lib/homes/aws/journal.ts";

function piece(epoch: number, position: number, names: string, begin: number, follows: number): Piece {
  const entries = Array.from(names, (n): Entry => ({ t: "mark", k: "", kind: "EVENT", n }));
  return { epoch, position, entries, follows: { begin, epoch: follows } };
}

function read(pieces: readonly Piece[], from = 0): string {
  return fold(pieces, from)
    .entries.map((entry) => (entry.t === "mark" ? entry.n : "?"))
    .join("");
}

describe("fault:A13 the journal of an execution on AWS", () => {
  const first = piece(1, 0, "ab", 0, 0);

  it("drops what a slow holder put behind the entries that its successor read", () => {
    const slow = piece(1, 2, "x", 0, 0);
    expect(read([first, slow])).toBe("abx");
    expect(read([first, slow, piece(2, 2, "c", 2, 1)])).toBe("abc");
  });

  it("drops what a second slow holder put after a third had read the pieces of the first", () => {
    const read2 = piece(2, 2, "cd", 2, 1);
    const last = piece(4, 4, "e", 4, 2);
    expect(read([first, read2, last])).toBe("abcde");
    expect(read([first, read2, piece(3, 2, "xy", 2, 1), last])).toBe("abcde");
  });

  it("does not join the second of two pieces to entries of another holder", () => {
    const other = piece(1, 2, "cd", 0, 0);
    // Its piece at 2 is not there yet.
    const second = piece(2, 4, "z", 2, 1);
    expect(read([first, other, second])).toBe("abcd");
    expect(read([first, other, piece(2, 2, "xy", 2, 1), second])).toBe("abxyz");
  });

  it("tells who wrote the entry before a place, also before the place where the reading began", () => {
    const { writerBefore } = fold([piece(2, 2, "cd", 2, 1), piece(5, 4, "e", 4, 2)], 2);
    expect([writerBefore(2), writerBefore(3), writerBefore(5)]).toEqual([1, 2, 5]);
  });

  it("reads pieces of a first version, which name nobody: the newest epoch counts from where it begins", () => {
    const old = (epoch: number, position: number, names: string): Piece => ({
      ...piece(epoch, position, names, 0, 0),
      follows: undefined,
    });
    expect(read([old(1, 0, "ab"), old(1, 2, "x"), old(3, 2, "cd")])).toBe("abcd");
    expect(read([old(1, 0, "ab"), old(3, 2, "cd"), piece(4, 4, "e", 4, 3)])).toBe("abcde");
  });
});

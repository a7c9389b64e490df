import { describe, expect, it } from "vitest";
import { fit, harmless, padEnd, plural, toLine, widthOf } from "../../../lib/cli/text.ts";

describe("text on a terminal", () => {
  it("counts columns, not characters", () => {
    expect(widthOf("abc")).toBe(3);
    expect(widthOf("漢字")).toBe(4);
    expect(widthOf("e\u0301")).toBe(1);
    expect(widthOf("\u001b[31mred\u001b[39m")).toBe(3);
  });

  it("is cut where it does not fit, and says so", () => {
    expect(fit("abcdef", 6)).toBe("abcdef");
    expect(fit("abcdef", 4)).toBe("abc…");
    expect(fit("漢字漢字", 4)).toBe("漢…");
    expect(fit("abc", 0)).toBe("");
    expect(fit("abc", -3)).toBe("");
    expect(padEnd("漢", 4)).toBe("漢  ");
  });

  it("is made harmless", () => {
    expect(toLine("a\nb\u001b]0;title\u0007\tc\u009b")).toBe("a b ]0;title c");
    expect(harmless("a\nb\u001b[2J\u0007")).toBe("a\nb[2J");
  });

  it("counts things", () => {
    expect([0, 1, 2].map((count) => plural(count, "retry", "retries"))).toEqual(["0 retries", "1 retry", "2 retries"]);
    expect(plural(2, "commit")).toBe("2 commits");
  });
});

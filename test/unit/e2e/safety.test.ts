/** D31: the lane deploys and destroys; nobody else's account may ever be what it does that to. */
import { describe, expect, it, vi } from "vitest";
import { refuseOthers } from "../../e2e/safety.ts";

const answering = (account: string): typeof fetch =>
  vi.fn(async () => new Response(`<GetCallerIdentityResult><Account>${account}</Account></GetCallerIdentityResult>`));

describe("D31: the end-to-end lane", () => {
  it("takes an emulator's account on this machine", async () => {
    await expect(refuseOthers("http://127.0.0.1:4566", answering("000000000000"))).resolves.toBeUndefined();
  });

  it("refuses any other account, and who does not say which", async () => {
    await expect(refuseOthers("http://127.0.0.1:4566", answering("123456789012"))).rejects.toThrow("123456789012");
    await expect(refuseOthers("http://127.0.0.1:4566", answering("none"))).rejects.toThrow("unknown");
  });

  it.each(["https://dynamodb.us-east-1.amazonaws.com", "http://10.0.0.7:4566", "http://localhost.example.org:4566"])(
    "asks nobody at %s, which is not this machine",
    async (endpoint) => {
      const ask = answering("000000000000");
      await expect(refuseOthers(endpoint, ask)).rejects.toThrow("refused");
      expect(ask).not.toHaveBeenCalled();
    },
  );
});

/** The remote client on the way: signatures, gateways, connections that fail. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { needsSignature } from "../../../lib/api/aws-signature.ts";
import { createRemoteClient } from "../../../lib/api/remote-client.ts";
import type { RemoteOptions } from "../../../lib/api/remote-transport.ts";

const GATEWAY = "https://abc123.execute-api.eu-west-1.amazonaws.com/prod";
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };
const signingDate = (): Date => new Date("2026-11-21T12:00:00Z");

interface Sent {
  readonly client: ReturnType<typeof createRemoteClient>;
  readonly requests: Request[];
}

/** A client whose requests are answered one by one; the last answer again and again. */
function answered(options: Partial<RemoteOptions>, ...answers: readonly (Response | Error)[]): Sent {
  const requests: Request[] = [];
  const client = createRemoteClient({
    url: GATEWAY,
    aws: { credentials, signingDate },
    sleep: async () => {},
    fetch: async (request) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)] ?? list();
      requests.push(request);
      if (answer instanceof Error) throw answer;
      return answer.clone();
    },
    ...options,
  });
  return { client, requests };
}

const list = (): Response => new Response('{"executions":[]}');
const gateway = (status: number, message = "no"): Response => Response.json({ message }, { status });

describe("a signature", () => {
  it("is on every request to API Gateway, with the caller's credentials", async () => {
    const { client, requests } = answered({});
    await client.list({ workflow: "a b", limit: 5 });
    const [request] = requests;
    expect(request?.url).toBe(`${GATEWAY}/namespaces/default/executions?workflow=a+b&limit=5`);
    expect(request?.headers.get("authorization")).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261121\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=accept;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    );
    expect(request?.headers.get("x-amz-date")).toBe("20261121T120000Z");
    expect(request?.headers.get("x-amz-security-token")).toBe("token");
  });

  it("covers the body, the query and the date", async () => {
    const signatureOf = async (change: Partial<{ item: string; date: string; path: string }>): Promise<string> => {
      const date = (): Date => new Date(change.date ?? "2026-11-21T12:00:00Z");
      const { client, requests } = answered({ aws: { credentials, signingDate: date } }, Response.json({}));
      await client.start(change.path ?? "buy", { item: change.item ?? "x" });
      return requests[0]?.headers.get("authorization")?.split("Signature=")[1] ?? "";
    };
    const signatures = await Promise.all([
      signatureOf({}),
      signatureOf({ item: "y" }),
      signatureOf({ date: "2026-11-21T12:00:01Z" }),
    ]);
    expect(new Set(signatures).size).toBe(3);
    expect(await signatureOf({})).toBe(signatures[0]);
  });

  it.each([
    ["https://abc.execute-api.eu-west-1.amazonaws.com/prod", true],
    ["https://abc.execute-api.cn-north-1.amazonaws.com.cn", true],
    ["http://127.0.0.1:4310", false],
    ["http://localhost:4566/_aws/execute-api/abc/prod", false],
    ["https://api.example.com", false],
    ["https://abc.execute-api.eu-west-1.amazonaws.com.evil.example", false],
    ["http://abc.execute-api.eu-west-1.amazonaws.com", false],
  ])("is needed for %s: %s", (url, needed) => {
    expect(needsSignature(url)).toBe(needed);
  });

  it("is left out on this machine, unless asked for", async () => {
    const plain = answered({ url: "http://127.0.0.1:4310/" });
    await plain.client.list();
    expect(plain.requests[0]?.headers.has("authorization")).toBe(false);
    const asked = answered({ url: "http://127.0.0.1:4310/", sign: true, aws: { credentials, region: "eu-west-1" } });
    await asked.client.list();
    expect(asked.requests[0]?.headers.get("authorization")).toContain("/eu-west-1/execute-api/");
  });

  describe("without a region or credentials", () => {
    beforeEach(() => {
      for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
      vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
      vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
      vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
      for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
        vi.stubEnv(name, undefined);
    });
    afterEach(() => void vi.unstubAllEnvs());

    it("is refused by what is missing", async () => {
      const nowhere = answered({ url: "https://api.example.com", sign: true, aws: { credentials } });
      await expect(nowhere.client.list()).rejects.toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("AWS_REGION") as string,
      });
      const nobody = answered({ aws: { profile: "none" } });
      await expect(nobody.client.list()).rejects.toMatchObject({
        code: "remote_refused",
        message: expect.stringContaining("cannot be signed") as string,
      });
      expect([...nowhere.requests, ...nobody.requests]).toEqual([]);
    });
  });
});

describe("an answer that is not the API's", () => {
  it("is told with its status, and what to look at", async () => {
    const { client } = answered({}, gateway(403, "Missing Authentication Token"));
    await expect(client.list()).rejects.toMatchObject({
      code: "remote_refused",
      message: expect.stringMatching(
        /403: Missing Authentication Token; check the URL, your AWS credentials/,
      ) as string,
    });
    const html = answered({}, new Response("<html>oh</html>", { status: 500 }));
    await expect(html.client.list()).rejects.toMatchObject({ code: "remote_failed" });
    const lie = answered({}, new Response("<html>welcome</html>"));
    await expect(lie.client.list()).rejects.toMatchObject({ code: "malformed_request" });
  });

  it.each([
    ["a gateway that is busy", gateway(429)],
    ["a gateway that has had enough", gateway(504)],
    ["a connection that fails", new TypeError("fetch failed")],
  ])("of %s is asked for again where nothing changes", async (_title, failure) => {
    const { client, requests } = answered({}, failure, failure, list());
    expect(await client.list()).toEqual({ executions: [] });
    expect(requests).toHaveLength(3);
    const hopeless = answered({}, failure);
    await expect(hopeless.client.list()).rejects.toMatchObject({ code: expect.stringMatching(/^remote_/) as string });
    expect(hopeless.requests).toHaveLength(4);
    const starting = answered({}, failure);
    await expect(starting.client.start("w", 1)).rejects.toMatchObject({ code: expect.any(String) as string });
    expect(starting.requests).toHaveLength(1);
  });

  it("is not asked for again when it was refused", async () => {
    const { client, requests } = answered({}, gateway(403));
    await expect(client.get("x")).rejects.toMatchObject({ code: "remote_refused" });
    expect(requests).toHaveLength(1);
  });

  it("names the reason of a connection that fails", async () => {
    const refused = Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
    const { client } = answered({ url: "http://127.0.0.1:4310" }, refused);
    await expect(client.cancel("x")).rejects.toThrow("http://127.0.0.1:4310 cannot be reached: ECONNREFUSED");
  });
});

describe("a URL", () => {
  it.each(["", "example.com", "ftp://example.com", "file:///etc/passwd"])("%j is refused", (url) => {
    expect(() => createRemoteClient({ url })).toThrow(expect.objectContaining({ code: "invalid_argument" }) as Error);
  });
});

describe("a result", () => {
  it("is asked for until it is there", async () => {
    const outcome = {
      ended: true,
      executionId: "e",
      workflow: "w",
      status: "SUCCEEDED",
      output: 5,
      state: {},
      usage: {},
    };
    const { client, requests } = answered(
      {},
      Response.json({ executionId: "e", publicId: "e" }),
      ...[1, 2].map(() => Response.json({ ended: false }, { status: 202 })),
      Response.json(outcome),
    );
    expect(await client.execute("w", 1)).toBe(5);
    expect(requests).toHaveLength(4);
    expect(requests[1]?.url).toContain("/executions/e/outcome?wait=20");
  });
});

/** The same app behind API Gateway: as its REST APIs hand requests to a function. */
import { handle } from "hono/aws-lambda";
import { describe, expect, it } from "vitest";
import { openApi } from "./api-fixture.ts";
import { echo } from "./workflows.ts";

type Handler = ReturnType<typeof handle>;

/** What API Gateway sends for a request to `/prod/…`. */
function eventOf(
  httpMethod: string,
  path: string,
  { headers = {}, ...more }: { headers?: Record<string, string> } & Record<string, unknown> = {},
): Parameters<Handler>[0] {
  const all: Record<string, string> = { host: "abc.execute-api.eu-west-1.amazonaws.com", ...headers };
  const event = {
    resource: "/{proxy+}",
    httpMethod,
    path,
    headers: all,
    multiValueHeaders: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: { domainName: "abc.execute-api.eu-west-1.amazonaws.com", stage: "prod", path: `/prod${path}` },
    ...more,
  };
  return event as unknown as Parameters<Handler>[0];
}

describe("on Lambda, the app", () => {
  it("takes bodies, headers, ids and queries as anywhere else", async () => {
    const { app, settle } = await openApi([echo], { streaming: false });
    const answer = handle(app);
    const headers = { "content-type": "application/json", "idempotency-key": "k" };
    const body = JSON.stringify({ workflow: "echo", input: "ü" });
    const started = await answer(eventOf("POST", "/executions", { headers, body }));
    expect(started).toMatchObject({
      statusCode: 201,
      multiValueHeaders: { location: [expect.stringMatching(/^executions\//) as string] },
    });
    const encoded = { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
    expect(await answer(eventOf("POST", "/executions", { headers, ...encoded }))).toMatchObject({ statusCode: 200 });
    await settle();
    const { publicId } = JSON.parse(started.body) as { publicId: string };
    const path = `/namespaces/default/executions/~${Buffer.from(publicId).toString("base64url")}/outcome`;
    const outcome = await answer(
      eventOf("GET", path, { queryStringParameters: { wait: "5" }, multiValueQueryStringParameters: { wait: ["5"] } }),
    );
    expect(JSON.parse(outcome.body)).toMatchObject({ ended: true, output: "ü" });
  });

  it("refuses with problems", async () => {
    const { app } = await openApi([echo], { streaming: false });
    const answer = handle(app);
    const refused = await answer(eventOf("GET", "/executions/nobody"));
    expect(refused).toMatchObject({
      statusCode: 404,
      multiValueHeaders: { "content-type": ["application/problem+json"] },
    });
    const headers = { accept: "text/event-stream" };
    expect(await answer(eventOf("GET", "/executions/nobody/events", { headers }))).toMatchObject({ statusCode: 406 });
  });
});

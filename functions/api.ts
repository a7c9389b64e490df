import { handle } from "hono/aws-lambda";
import { createApi } from "../lib/api/api.ts";
import { home, workflows } from "./home.ts";

/** The HTTP API behind API Gateway, which sends an answer whole: events are polled for. */
export const handler = handle(
  createApi({ client: home.client, workflows, streaming: false, cost: (id, namespace) => home.cost(id, namespace) }),
);

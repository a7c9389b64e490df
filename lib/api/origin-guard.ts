/**
 * For an API without authentication on the user's own machine: web pages may not use the user's browser to talk to it.
 * A page of another origin says so in Origin or Sec-Fetch-Site; one that has pointed its own name at this machine
 * (DNS rebinding) says that name in Host.
 */
import { TreelineError } from "../kernel/errors.ts";
import { PROBLEM_TYPE } from "./forms.ts";
import { toProblem } from "./problem.ts";

type Fetch = (request: Request) => Response | Promise<Response>;

/** `loopbackOnly`: only names of this machine itself are answered to. */
export function guardOrigin(fetch: Fetch, loopbackOnly: boolean): Fetch {
  return (request) => {
    const why = whyNot(request, loopbackOnly);
    return why === undefined ? fetch(request) : refuse(why);
  };
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function whyNot({ url, headers }: Request, loopbackOnly: boolean): string | undefined {
  const { host, hostname } = new URL(url);
  if (loopbackOnly && !isLoopback(hostname)) return `it answers to localhost, not to ${hostname}`;
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site") ?? "none";
  if ((origin === null || URL.parse(origin)?.host === host) && (site === "none" || site === "same-origin")) {
    return undefined;
  }
  return "it takes nothing from pages of other origins";
}

function refuse(why: string): Response {
  const { error: _error, ...problem } = toProblem(new TreelineError("origin_refused", `refused: ${why}`));
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { "content-type": PROBLEM_TYPE },
  });
}

/** Requests to an API, and what becomes of their answers: values, or errors of ours. */
import { setTimeout as sleep } from "node:timers/promises";
import { TreelineError } from "../kernel/errors.ts";
import { needsSignature, signerFor, type AwsAccess, type Signer } from "./aws-signature.ts";
import { EVENT_STREAM_TYPE, read, STORED_TYPE, write } from "./forms.ts";
import { fromProblem } from "./problem.ts";

export interface RemoteOptions {
  /** Of the API, with the stage where it has one. */
  readonly url: string;
  /**
   * Sign requests with the caller's AWS credentials? True where the URL does not say that it is one of API Gateway.
   * @default for https URLs of API Gateway
   */
  readonly sign?: boolean;
  /** Whose credentials; @default as the AWS SDK finds them. */
  readonly aws?: AwsAccess;
  /** Sent with every request, e.g. `authorization` where the API is not guarded by IAM. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default the global one */
  readonly fetch?: (request: Request) => Promise<Response> | Response;
  /** Waits between two tries. For tests. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Asked {
  readonly query?: Query;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Delays between the tries of a request that changes nothing. */
const RETRY_DELAYS_MS = [200, 1_000, 3_000];
/** Of what answers instead of the API: it is busy, or not there for a moment. */
const PASSING = new Set([429, 502, 503, 504]);

export class RemoteTransport {
  readonly #url: string;
  readonly #options: RemoteOptions;
  #signer: Promise<Signer> | undefined;

  constructor(options: RemoteOptions) {
    if (!URL.canParse(options.url) || !/^https?:/.test(new URL(options.url).protocol)) {
      throw new TreelineError(
        "invalid_argument",
        `${options.url} is not the URL of an API; it begins with https:// or http://`,
      );
    }
    this.#url = options.url.replace(/\/+$/, "");
    this.#options = options;
  }

  /** @throws the error that the API tells of; TreelineError `remote_refused`, `remote_failed` */
  async ask<T>(method: "GET" | "POST" | "PATCH", path: string, asked: Asked = {}): Promise<T> {
    const response = await this.#request(method, path, STORED_TYPE, asked);
    return this.read<T>(response);
  }

  /** Events as the host can give them: a stream, or a page. */
  stream(path: string, asked: Asked): Promise<Response> {
    return this.#request("GET", path, `${EVENT_STREAM_TYPE}, ${STORED_TYPE}`, asked);
  }

  async read<T>(response: Response): Promise<T> {
    if (response.status === 204) return undefined as T;
    return read(await response.text(), "stored") as T;
  }

  /** A successful answer. What changes nothing is tried again when it fails in passing. */
  async #request(method: string, path: string, accept: string, asked: Asked): Promise<Response> {
    const delays = method === "GET" ? RETRY_DELAYS_MS.values() : [].values();
    for (let failed: Failed; ;) {
      const answer = await this.#once(method, path, accept, asked);
      if ("error" in answer) failed = answer;
      else if (answer.ok) return answer;
      else failed = await refusal(method, this.#url + path, answer);
      const delay = failed.passing && asked.signal?.aborted !== true ? delays.next().value : undefined;
      if (delay === undefined) throw failed.error;
      await (this.#options.sleep ?? sleep)(delay);
    }
  }

  async #once(method: string, path: string, accept: string, asked: Asked): Promise<Response | Failed> {
    const request = await this.#build(method, path, accept, asked);
    try {
      return await (this.#options.fetch ?? fetch)(request);
    } catch (cause) {
      if (asked.signal?.aborted === true) throw cause;
      const error = new TreelineError("remote_failed", `${this.#url} cannot be reached: ${reasonOf(cause)}`, { cause });
      return { error, passing: true };
    }
  }

  async #build(method: string, path: string, accept: string, asked: Asked): Promise<Request> {
    const url = new URL(this.#url + path);
    for (const [name, value] of Object.entries(asked.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const body = asked.body === undefined ? undefined : write(withoutUndefined(asked.body), "stored");
    const headers: Record<string, string> = {
      accept,
      ...(body === undefined ? undefined : { "content-type": STORED_TYPE }),
      ...this.#options.headers,
      ...asked.headers,
    };
    const signed = await this.#sign({ method, url, headers, body });
    return new Request(url, { method, headers: signed, body: body ?? null, signal: asked.signal ?? null });
  }

  async #sign(request: Parameters<Signer>[0]): Promise<Record<string, string>> {
    const { sign, aws } = this.#options;
    if (!(sign ?? needsSignature(this.#url))) return request.headers;
    this.#signer ??= signerFor(this.#url, aws ?? {});
    return (await this.#signer)(request);
  }
}

interface Failed {
  readonly error: Error;
  /** It may be different in a moment. */
  readonly passing: boolean;
}

async function refusal(method: string, url: string, response: Response): Promise<Failed> {
  const { status } = response;
  const text = await response.text();
  const body = parse(text);
  const told = fromProblem(body);
  // What the engine itself refuses as too much is told to the caller; a gateway's refusal passes.
  if (told !== undefined) return { error: told, passing: status === 503 };
  const said = typeof body?.["message"] === "string" ? body["message"] : text.slice(0, 200);
  const what = `${method} ${url} was answered ${status}${said === "" ? "" : `: ${said}`}`;
  const denied = status === 401 || status === 403;
  const hint = denied ? "; check the URL, your AWS credentials and that they may call it" : "";
  const error = new TreelineError(status >= 500 ? "remote_failed" : "remote_refused", what + hint);
  return { error, passing: PASSING.has(status) };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as Record<string, unknown> | undefined;
  } catch {
    return undefined;
  }
}

/** What `fetch` throws says little; its cause says what happened. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error));
}

/** Left out is left out, also of a body that could say otherwise. */
function withoutUndefined(body: object): object {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

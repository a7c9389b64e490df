/** AWS signature version 4, for an API that is guarded by IAM. The SDK's parts are loaded when they are needed. */
import { TreelineError } from "../kernel/errors.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

type Provider = () => Promise<AwsCredentials>;

export interface AwsAccess {
  /** Profile of the shared configuration. @default AWS_PROFILE, or the SDK's default */
  readonly profile?: string;
  /** @default that of the URL, else AWS_REGION, AWS_DEFAULT_REGION */
  readonly region?: string;
  /** @default the SDK's chain: environment, profile, SSO, container, instance */
  readonly credentials?: AwsCredentials | Provider;
  /** For tests. @default now */
  readonly signingDate?: () => Date;
}

export interface Unsigned {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Gives the headers of the signed request. */
export type Signer = (request: Unsigned) => Promise<Record<string, string>>;

const SERVICE = "execute-api";
const GATEWAY = /\.execute-api(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

/** An https URL of API Gateway. */
export function needsSignature(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" && GATEWAY.test(hostname);
}

/** @throws TreelineError `invalid_argument` when the region cannot be told */
export async function signerFor(url: string, access: AwsAccess): Promise<Signer> {
  const region = access.region ?? GATEWAY.exec(new URL(url).hostname)?.[1] ?? regionOfEnvironment();
  if (region === undefined) {
    throw new TreelineError("invalid_argument", `the region of ${url} cannot be told from it; set AWS_REGION`);
  }
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import("@smithy/signature-v4"),
    import("@aws-crypto/sha256-js"),
  ]);
  const credentials = access.credentials ?? (await chain(access.profile));
  const signature = new SignatureV4({ service: SERVICE, region, credentials, sha256: Sha256 });
  return async (request) => {
    const signingDate = access.signingDate?.();
    const { headers } = await translated(() =>
      signature.sign(toHttpRequest(request), signingDate === undefined ? {} : { signingDate }),
    );
    // Sent by the transport itself, from the URL.
    const { host: _host, ...sent } = headers;
    return sent;
  };
}

async function chain(profile: string | undefined): Promise<Provider> {
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  return defaultProvider(profile === undefined ? {} : { profile });
}

function regionOfEnvironment(): string | undefined {
  return process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
}

function toHttpRequest({ method, url, headers, body }: Unsigned) {
  return {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host },
    ...(url.port === "" ? undefined : { port: Number(url.port) }),
    ...(body === undefined ? undefined : { body }),
  };
}

/** What the SDK says of missing credentials, as an error of ours. */
async function translated<T>(sign: () => Promise<T>): Promise<T> {
  try {
    return await sign();
  } catch (cause) {
    const { message } = cause as Error;
    throw new TreelineError("remote_refused", `the request cannot be signed: ${message}`, { cause });
  }
}

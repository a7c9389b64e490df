/** D31: the lane deploys and destroys, so it does that to an emulator on this machine and to nothing else. */
import { ACCOUNT, loopback } from "../localstack/localstack.ts";

const IDENTITY = "Action=GetCallerIdentity&Version=2011-06-15";
/** Tells an emulator which service is meant; it checks no signature. */
const AUTHORIZATION =
  "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=none";

/** @throws Error when the endpoint is not on loopback, or who answers there is not an emulator's account */
export async function refuseOthers(endpoint: string, ask: typeof fetch = fetch): Promise<void> {
  const response = await ask(loopback(endpoint), {
    method: "POST",
    headers: { authorization: AUTHORIZATION, "content-type": "application/x-www-form-urlencoded" },
    body: IDENTITY,
  });
  const account = /<Account>(\d+)<\/Account>/.exec(await response.text())?.[1];
  if (account === ACCOUNT) return;
  throw new Error(
    `refused: the account at ${endpoint} is ${account ?? "unknown"}, and these tests destroy things; only ${ACCOUNT} is an emulator's`,
  );
}

/** Every option of the client of an engine elsewhere, by the name of its type. */
import {
  either,
  type Fields,
  flag,
  functionOf,
  options,
  type OptionsKind,
  recordOf,
  someText,
  text,
  thing,
} from "../kernel/options.ts";
import type { ClientStartOptions } from "../ports/client.ts";
import { CLIENT_OPTIONS } from "../ports/option-table.ts";
import type { AwsAccess, AwsCredentials } from "./aws-signature.ts";
import type { RemoteStartOptions } from "./remote-client.ts";
import type { RemoteOptions } from "./remote-transport.ts";

const start = CLIENT_OPTIONS.ClientStartOptions.fields as Fields<ClientStartOptions>;
const credentials = options<AwsCredentials>({ accessKeyId: someText, secretAccessKey: someText, sessionToken: text }, [
  "accessKeyId",
  "secretAccessKey",
]);

/** A URL is checked where it is used. */
const url = thing("the URL of an API", (value) => typeof value === "string" || value instanceof URL);

const { namespace: _namespace, ...inBody } = start;

/** Of a start in the body of a request, whose path has the namespace. */
export const START_IN_BODY: OptionsKind = options<Omit<ClientStartOptions, "namespace">>(inBody);

export const REMOTE_OPTIONS = {
  RemoteStartOptions: options<RemoteStartOptions>({ ...start, idempotencyKey: text }),
  RemoteOptions: options<RemoteOptions>(
    {
      url,
      sign: flag,
      aws: options<AwsAccess>({
        profile: text,
        region: text,
        credentials: either(credentials, functionOf("that gives credentials")),
        signingDate: functionOf(""),
      }),
      headers: recordOf(text, "an object with a text per header"),
      fetch: functionOf("of a Request"),
      sleep: functionOf("of milliseconds"),
    },
    ["url"],
  ),
};

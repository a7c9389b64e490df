/** What a waiting operation hears when the execution it waits for has ended (K8). */
import type { Delivery, ErrEntry, FinEntry, Meta, Millis, OkEntry } from "../kernel/journal.ts";

export function endOfChild(
  key: string,
  { meta }: { readonly meta?: Meta },
  fin: FinEntry,
  at: Millis = fin.at,
): Delivery {
  const extras = {
    usage: fin.usage,
    ...(fin.state === undefined ? undefined : { state: fin.state }),
    ...(meta === undefined ? undefined : { meta }),
  };
  if (fin.status === "SUCCEEDED") {
    const ok: OkEntry = { t: "ok", k: key, at, o: extras, ...(fin.v === undefined ? undefined : { v: fin.v }) };
    return ok;
  }
  const err: ErrEntry = {
    t: "err",
    k: key,
    at,
    e: fin.e ?? { type: "Error", message: `the execution ended ${fin.status}` },
    status: fin.status === "CONTINUED_AS_NEW" ? "FAILED" : fin.status,
    o: extras,
  };
  return err;
}

/** The body of a request: at most so long, valid UTF-8, in a form that we read. */
import { LimitError, TreelineError } from "../kernel/errors.ts";
import { formSent, read } from "./forms.ts";

/**
 * Undefined when there is none.
 * @throws LimitError `payload_too_large`, TreelineError `malformed_request`, `media_type_unsupported`
 */
export async function readBody(request: Request, longest: number): Promise<unknown> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > longest) throw tooLarge(longest);
  const bytes = await collect(request, longest);
  if (bytes.length === 0) return undefined;
  const form = formSent(request.headers);
  return read(toText(bytes), form);
}

async function collect(request: Request, longest: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early lets go of the rest.
  for await (const part of partsOf(request)) {
    length += part.length;
    if (length > longest) throw tooLarge(longest);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** When a client breaks off its body, the request is malformed. The API must not log that as a failure of its own. */
async function* partsOf(request: Request): AsyncGenerator<Uint8Array, void> {
  try {
    yield* request.body ?? [];
  } catch (cause) {
    throw new TreelineError("malformed_request", "the body broke off before its end", { cause });
  }
}

function toText(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TreelineError("malformed_request", "the body is not valid UTF-8", { cause });
  }
}

function tooLarge(longest: number): LimitError {
  return new LimitError("payload_too_large", `the body is longer than ${longest} bytes`);
}

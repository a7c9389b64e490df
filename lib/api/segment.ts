/**
 * Any text as one segment of a path: ids of users, namespaces, names.
 *
 * Text of letters, digits, `_`, `.` and `-` that begins with a letter or digit stands as it is. All else may be percent-encoded;
 * since gateways and URL parsers decode, merge and resolve such paths (`..`, `%2F`), it can also be written as `~` and
 * the base64url of its UTF-8, which nothing touches. Our own client writes only these two.
 */
const PLAIN = /^[A-Za-z0-9][\w.-]*$/;
const MARK = "~";

export function toSegment(text: string): string {
  return PLAIN.test(text) ? text : `${MARK}${Buffer.from(text, "utf8").toString("base64url")}`;
}

/** Undefined when it is the writing of no text at all. */
export function fromSegment(segment: string): string | undefined {
  if (!segment.startsWith(MARK)) return segment;
  const bytes = Buffer.from(segment.slice(MARK.length), "base64url");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

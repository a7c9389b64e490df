/**
 * Where user code prints. Standard output belongs to the command, which may be read by a program: what workflows and
 * their modules print (`console`, `process.stdout`) goes to standard error. What writes to file descriptor 1 itself
 * (a process started with `stdio: "inherit"`, `fs.writeSync(1)`) is not caught.
 */
import { syncBuiltinESMExports } from "node:module";

type Stream = NodeJS.WriteStream;

/** Takes standard output from user code, and gives it to the command. */
export function takeStdout(): Stream {
  const { stdout } = process;
  Object.defineProperty(process, "stdout", { configurable: true, enumerable: true, get: () => process.stderr });
  syncBuiltinESMExports();
  return stdout;
}

/** Standard error for the command alone: it stays when `captureUserOutput` redirects what others write. */
export function ownStderr(): Stream {
  const write = process.stderr.write.bind(process.stderr);
  return Object.create(process.stderr, { write: { value: write } }) as Stream;
}

/** While a tree is redrawn in place, what user code prints goes above it instead of through it. Gives how to end it. */
export function captureUserOutput(print: (text: string) => void): () => void {
  const { stderr } = process;
  // oxlint-disable-next-line typescript/unbound-method -- put back as it was found
  const { write } = stderr;
  stderr.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    print(text.replace(/\r?\n$/, ""));
    const done = rest.find((each) => typeof each === "function") as (() => void) | undefined;
    if (done !== undefined) queueMicrotask(done);
    return true;
  };
  return () => void (stderr.write = write);
}

/** D24: which platforms are tested, which are written for, and that the README says so. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { socketPaths } from "../../lib/homes/embedded/socket-path.ts";

const root = path.resolve(import.meta.dirname, "../..");
const readme = readFileSync(path.join(root, "README.md"), "utf8");

function on(platform: NodeJS.Platform): void {
  const real = process.platform;
  Object.defineProperty(process, "platform", { value: platform });
  onTestFinished(() => void Object.defineProperty(process, "platform", { value: real }));
}

describe("D24: platforms", () => {
  it("the README names Linux as tested, and macOS and Windows as untested, among what is not guaranteed", () => {
    const [, notGuaranteed = ""] = /^## Not guaranteed$([\s\S]*?)^## /m.exec(readme) ?? [];
    expect(notGuaranteed).toMatch(/^- Linux is tested\. macOS and Windows are written for .* and untested\.$/m);
  });

  it("Windows is written for: its owner listens on a named pipe", () => {
    on("win32");
    expect(socketPaths(import.meta.filename)).toEqual([expect.stringMatching(/^\\\\\.\\pipe\\treeline-[0-9a-f]{16}$/)]);
  });

  it("macOS is written for: its sockets have shorter addresses", () => {
    on("darwin");
    for (const address of socketPaths(import.meta.filename)) expect(Buffer.byteLength(address)).toBeLessThan(104);
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { installationFolder, installed, lastLines } from "./install.ts";
import { detect, loopback, start, withoutAws } from "./localstack.ts";
import { findTools, hostTools, isAtLeast, javaHomeIn, missing, oldestPython, parseVersion } from "./prerequisites.ts";

const nothing = { python: undefined, javaHome: undefined, maven: undefined, docker: undefined };

describe("what LocalStack needs", () => {
  it("takes the oldest Python that will do, and says no to what will not", () => {
    expect(oldestPython(["3.14.1\n/b\n", "3.12.9\n/a\n", "3.13.0\n/c\n", "3.13.2\n/d\n"])).toBe("/c");
    expect(oldestPython(["3.14.0rc1\r\nC:/x/python.exe\r\n"])).toBe("C:/x/python.exe");
    expect(oldestPython(["3.12.9\n/a\n", "2.7.18\n/b\n", "", "nonsense"])).toBeUndefined();
  });

  it("reads the versions and the home of a JDK", () => {
    const settings = (version: string): string =>
      `Property settings:\n    java.home = /opt/jdk home\njavac ${version}\n`;
    for (const version of ["17.0.15", "21", "22-ea", "25.0.1"]) {
      expect(javaHomeIn(settings(version))).toBe("/opt/jdk home");
    }
    for (const version of ["1.8.0_292", "11.0.2", "16"]) expect(javaHomeIn(settings(version))).toBeUndefined();
    expect(javaHomeIn("no JVM here")).toBeUndefined();
  });

  it("compares versions by number", () => {
    expect(parseVersion("3.13.0")).toEqual([3, 13]);
    expect(isAtLeast([3, 9], [3, 13])).toBe(false);
    expect(isAtLeast([4, 0], [3, 13])).toBe(true);
    expect(isAtLeast(parseVersion("Python"), [3, 13])).toBe(false);
  });

  it("says in one line what is missing and how to get it", () => {
    const line = missing({ ...nothing, maven: "mvn" }, "linux");
    expect(line).toContain("Python 3.13");
    expect(line).toContain("JDK 17");
    expect(line).toContain("Docker");
    expect(line).not.toContain("Maven");
    expect(line).not.toContain("\n");
    expect(missing(nothing, "win32")).toBe("LocalStack cannot run here: start a Docker engine.");
  });

  it("finds nothing on an empty machine, without failing", async () => {
    const empty = mkdtempSync(path.join(os.tmpdir(), "treeline-"));
    const env = { PATH: empty, PYENV_ROOT: empty, UV_PYTHON_INSTALL_DIR: empty, JAVA_HOME: empty };
    try {
      const found = await findTools(env);
      expect(found).toMatchObject({ maven: undefined, docker: undefined });
      expect(hostTools(found)).toBeUndefined();
    } finally {
      rmSync(empty, { recursive: true });
    }
  });
});

describe("where it is", () => {
  it("is a cache outside the tree, and the same every time", () => {
    const env = { TREELINE_LOCALSTACK_DIR: "/cache" };
    expect(installationFolder(env)).toMatch(/^\/cache\/4\.14\.0-[0-9a-f]{12}$/);
    expect(installationFolder(env)).toBe(installationFolder({ ...env, PATH: "/elsewhere" }));
    expect(installationFolder({ XDG_CACHE_HOME: "/x" })).toMatch(/^\/x\/treeline\/localstack\//);
    expect(installed({ TREELINE_LOCALSTACK_DIR: path.join(os.tmpdir(), "no such folder") })).toBeUndefined();
  });
});

describe("what it may touch", () => {
  it("D31: is an emulator on this machine, and nothing else", async () => {
    expect(loopback("http://127.0.0.1:4566/")).toBe("http://127.0.0.1:4566");
    expect(loopback("http://localhost:4566")).toBe("http://localhost:4566");
    expect(loopback("http://[::1]:4566")).toBe("http://[::1]:4566");
    const others = ["https://sqs.us-east-1.amazonaws.com", "http://127.0.0.1.evil.example", "https://127.0.0.1:1"];
    for (const endpoint of others) {
      expect(() => loopback(endpoint)).toThrow(/^refused/);
      await expect(detect({ AWS_ENDPOINT_URL: endpoint })).rejects.toThrow(/^refused/);
    }
  });

  it("is not configured by the user's AWS settings", () => {
    expect(withoutAws({ PATH: "/bin", AWS_PROFILE: "prod", aws_session_token: "x", CDK_DEFAULT_ACCOUNT: "1" })).toEqual(
      {
        PATH: "/bin",
      },
    );
  });
});

describe("what goes wrong", () => {
  const server = createServer().listen(0, "127.0.0.1");
  afterAll(() => server.close());

  it("is told by one line when it cannot run here", async () => {
    await expect(start({ way: { kind: "none", missing: "It cannot." } })).rejects.toThrow("It cannot.");
  });

  it("is told when the port is taken", async () => {
    const { port } = server.address() as AddressInfo;
    const way = { kind: "installed", installation: { folder: "/x", python: "/x/python", packages: "/x/p" } } as const;
    await expect(start({ way, port })).rejects.toThrow(/EADDRINUSE/);
  });

  it("is told when it does not start", async () => {
    const way = { kind: "installed", installation: { folder: "/x", python: "/no/python", packages: "/x/p" } } as const;
    await expect(start({ way })).rejects.toThrow(/^LocalStack did not start: .*ENOENT/);
  });

  it("is told with the last lines", () => {
    expect(lastLines("a\nb\nc\n", 2)).toBe("b\nc");
  });
});

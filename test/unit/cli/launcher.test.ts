/** The second process that bin/treeline.mjs starts in the repository. */
import { describe, expect, it, vi } from "vitest";
import { projectFolder, run, SLOW, start, startWithLauncher } from "./spawn.ts";

// Every test starts processes.
vi.setConfig({ testTimeout: 30_000 });

const LONG = ["--input", '{"ms":600000}'];

describe.runIf(process.platform !== "win32")("fault:B22 the second process ends with its launcher", () => {
  it.each<NodeJS.Signals>(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"])("after %s", async (signal) => {
    const folder = projectFolder({ "slow.ts": SLOW });
    const running = startWithLauncher(folder, ["run", "slow.ts", ...LONG]);
    await running.printed("tick 1");
    running.child.kill(signal);
    // The second process has the same standard output, which is open for as long as that process lives.
    await running.ended;
    expect(running.child.exitCode ?? running.child.signalCode).not.toBe(0);
  });

  it.each([
    ["dev", ["dev", "slow.ts", "--port", "0"], "start one"],
    ["resume", ["resume"], "tick"],
    ["events --follow", ["events", "kept", "--follow"], "execution.started"],
  ])("whatever it does: %s", async (_title, args, printed) => {
    const folder = projectFolder({ "slow.ts": SLOW });
    await run(folder, ["run", "slow.ts", "--detach", "--id", "kept", ...LONG]);
    const owner = args[0] === "events" ? start(folder, ["resume"]) : undefined;
    await owner?.printed("tick 1");
    const running = startWithLauncher(folder, args);
    await running.printed(printed);
    running.child.kill("SIGKILL");
    await running.ended;
    owner?.child.kill("SIGKILL");
    await owner?.ended;
    // Nobody owns the file any more.
    expect(await run(folder, ["stop", "kept", "--json"])).toMatchObject({ out: '{\n  "delivered": false\n}\n' });
  });
});

it("D35: the launcher's command has the exit code and the streams of the second process", async () => {
  const folder = projectFolder({ "slow.ts": SLOW });
  expect(await startWithLauncher(folder, ["list", "--file", "none.db"]).ended).toMatchObject({ code: 3, out: "" });
  expect(await startWithLauncher(folder, ["run", "slow.ts", "--input", '{"ms":1}']).ended).toMatchObject({
    code: 0,
    out: "slow is done\n",
  });
});

import { describe, expect, it } from "vitest";
import { runCommandLine } from "../../../lib/cli/command-line.ts";
import { formatListCursor, parseListCursor } from "../../../lib/engine/list-cursor.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openEngine } from "../../../lib/homes/embedded/engine.ts";
import { ReaderClient } from "../../../lib/homes/embedded/reader-client.ts";
import { openReader } from "../../../lib/homes/embedded/store.ts";
import type { Client, ListFilter } from "../../../lib/ports/client.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";
import { openApi, problemOf } from "../api/api-fixture.ts";
import { fakeTerminal } from "../cli/fake-terminal.ts";
import { temporaryFile } from "../embedded/store-fixtures.ts";

const WRONG = [
  "",
  "zzz",
  "1",
  "1-",
  "1-5",
  "1-5-",
  "1-x-abc",
  "2-5-abc",
  "1-5-a b",
  "1-5-ABC",
  "1-5-a\u0000",
  "~",
  "{}",
];
const leaf = workflow({ name: "leaf" }, () => 1);

type Listing = Pick<Client, "list">;

/** Two executions per page, to the end. */
async function pagesOf(client: Listing, filter: ListFilter = {}): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await client.list({ ...filter, limit: 2, ...(cursor === undefined ? undefined : { cursor }) });
    pages.push(page.executions.map(({ publicId }) => publicId));
    ({ cursor } = page);
    if (cursor !== undefined) expect(formatListCursor(parseListCursor(cursor))).toBe(cursor);
  } while (cursor !== undefined);
  return pages;
}

async function holds(client: Listing): Promise<void> {
  for (const cursor of WRONG) {
    await expect(client.list({ cursor })).rejects.toMatchObject({ code: "invalid_argument" });
  }
  expect(await pagesOf(client)).toEqual([["e4", "e3"], ["e2", "e1"], ["e0"]]);
}

async function startFive(client: Client, between: () => Promise<unknown>): Promise<void> {
  for (const n of [0, 1, 2, 3, 4]) {
    await client.start(leaf, undefined, { id: `e${n}` });
    await between();
  }
}

describe("fault:B15: the cursor of a list", () => {
  it("is checked by an engine, over HTTP, and by the client of an engine elsewhere", async () => {
    const { engine, remote, request, settle } = await openApi([leaf]);
    await startFive(engine, settle);
    await holds(engine);
    await holds(remote);
    for (const cursor of WRONG) {
      const response = await request(`/executions?cursor=${encodeURIComponent(cursor)}`);
      expect(await problemOf(response)).toMatchObject({ status: 422, code: "invalid_argument" });
    }
  });

  it("is checked by who reads a file, and by the command line", async () => {
    const file = temporaryFile();
    const engine = await openEngine({ file, workflows: [leaf], log: () => undefined });
    await startFive(engine, async () => {});
    await holds(engine);
    await engine.close();
    const reader = openReader({ file });
    await holds(new ReaderClient(reader));
    reader.close();
    for (const cursor of ["", "zzz", "1-5"]) {
      const terminal = fakeTerminal();
      expect(await runCommandLine(["list", "--file", file, `--cursor=${cursor}`], terminal)).toBe(2);
      expect(terminal.err()).toContain("is not a cursor of a list");
    }
  });

  it("is checked on AWS", async () => {
    const cloud = new MemoryCloud({ workflows: [leaf] });
    await startFive(cloud.client, async () => {
      for (let quiet = 0; quiet < 20; quiet += 1) {
        await cloud.idle();
        if (cloud.clock.fireNext()) quiet = -1;
      }
    });
    await holds(cloud.client);
    expect(await pagesOf(cloud.client, { workflow: "leaf" })).toHaveLength(3);
  });
});

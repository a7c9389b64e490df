/** What counts as a module's own code (fault:A2, fault:B10). */
import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { digestOfFiles, noteImport, noteLoad } from "../../../lib/cli/module-files.ts";
import { pathToFileURL } from "node:url";
import { projectFolder } from "./spawn.ts";

const FILES = {
  "entry.ts": 'import { a } from "./a.ts"; export const later = () => import("./later"); const b = require(`./b.cjs`);',
  "a.ts": "export const a = 1;",
  "b.cjs": "module.exports = 1;",
  "later.ts": "export {};",
  "other.ts": "export {};",
};

/** As if Node had loaded them. */
function digest(files: Readonly<Record<string, string>>): string {
  const folder = projectFolder(files);
  const url = (name: string): string => pathToFileURL(path.join(folder, name)).href;
  fs.mkdirSync(path.join(folder, "node_modules"));
  fs.writeFileSync(path.join(folder, "node_modules/p.js"), String(files["a.ts"]));
  noteLoad(url("entry.ts"));
  noteImport(url("entry.ts"), url("a.ts"));
  noteImport(url("entry.ts"), url("node_modules/p.js"));
  noteLoad(url("a.ts"));
  const first = digestOfFiles(path.join(folder, "entry.ts"));
  fs.writeFileSync(path.join(folder, "a.ts"), "changed behind the back of the process that loaded it");
  expect(digestOfFiles(path.join(folder, "entry.ts"))).toBe(first);
  return first;
}

it("fault:B10 is the file and all that it imports, now or later, wherever the folder lies; packages are not", () => {
  const same = digest(FILES);
  expect(digest(FILES)).toBe(same);
  expect(digest({ ...FILES, "other.ts": "export const changed = 1;" })).toBe(same);
  for (const name of ["entry.ts", "a.ts", "b.cjs", "later.ts"] as const) {
    expect(digest({ ...FILES, [name]: `${FILES[name]} // changed` })).not.toBe(same);
  }
});

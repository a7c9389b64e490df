/** What the documents point at is there. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const documents = fs.globSync("{*.md,docs/**/*.md,lib/**/*.md,bench/*.md,test/**/*.md}", {
  cwd: root,
  exclude: ["**/node_modules/**"],
});

describe("the documents", () => {
  it.each(documents)("%s has no link that leads nowhere", (document) => {
    const text = fs.readFileSync(path.join(root, document), "utf8");
    const links = Array.from(text.matchAll(/\]\((?!https?:|#)([^)#]+)/g), ([, link = ""]) => link);
    const folder = path.join(root, path.dirname(document));
    expect(links.filter((link) => !fs.existsSync(path.join(folder, link)))).toEqual([]);
  });
});

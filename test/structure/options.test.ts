/**
 * Every public type of options has a row in the table of its layer. That a row knows each field of its type, and no
 * other, is held by the compiler (`Fields<T>` in lib/kernel/options.ts).
 */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync } from "oxc-parser";
import { describe, expect, it } from "vitest";
import { REMOTE_OPTIONS } from "../../lib/api/option-table.ts";
import { FRONTEND_OPTIONS } from "../../lib/frontends/code/option-table.ts";
import { ENGINE_OPTIONS } from "../../lib/homes/embedded/option-table.ts";
import { AUTHOR_OPTIONS } from "../../lib/kernel/option-table.ts";
import { check } from "../../lib/kernel/options.ts";
import { CLIENT_OPTIONS } from "../../lib/ports/option-table.ts";
import { TESTING_OPTIONS } from "../../lib/testing/option-table.ts";

const root = path.resolve(import.meta.dirname, "../..");
const tables = {
  ...AUTHOR_OPTIONS,
  ...CLIENT_OPTIONS,
  ...FRONTEND_OPTIONS,
  ...ENGINE_OPTIONS,
  ...TESTING_OPTIONS,
  ...REMOTE_OPTIONS,
};

/** What callers of the package hand over, by how its types are called. */
const OPTIONS = /(Options|Config|Policy|Filter|Limits|Trigger|Mocks)$/;
/** Files that the package's entries export types of. */
const PUBLIC = [
  "lib/kernel/{context,definition,retry,completion}.ts",
  "lib/ports/client.ts",
  "lib/frontends/code/{workflow,execute-workflow}.ts",
  "lib/homes/embedded/engine-options.ts",
  "lib/testing/{test-engine,mocks}.ts",
  "lib/api/{remote-client,remote-transport}.ts",
];

function typesOf(file: string): string[] {
  const { program } = parseSync(file, readFileSync(path.join(root, file), "utf8"));
  return program.body.flatMap((statement) => {
    if (statement.type !== "ExportNamedDeclaration" || statement.declaration?.type !== "TSInterfaceDeclaration")
      return [];
    return statement.declaration.id.name;
  });
}

describe("item 6: the tables of options", () => {
  const types = PUBLIC.flatMap((pattern) => globSync(pattern, { cwd: root }))
    .flatMap(typesOf)
    .filter((name) => OPTIONS.test(name));

  it("have a row for every public type of options", () => {
    expect(types.length).toBeGreaterThan(20);
    expect(types.filter((name) => !Object.hasOwn(tables, name))).toEqual([]);
  });

  it.each(Object.entries(tables).filter(([, kind]) => "fields" in kind))(
    "refuse a field that %s does not have, and say which there are",
    (name, kind) => {
      const refuse = (): void => check(kind, { [`${name}x`]: 1 }, name);
      expect(refuse).toThrow(expect.objectContaining({ code: "invalid_argument" }));
      expect(refuse).toThrow(/is not an option; there are /);
    },
  );
});

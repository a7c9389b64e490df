/** Whether a file is an ES module by what is written in it. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const COMMONJS_PARAMETERS = ["exports", "require", "module", "__filename", "__dirname"];

/**
 * Node's own rule where a package.json states no type: what does not compile as CommonJS is an ES module. A file that
 * is neither then fails as an ES module, with its own error.
 */
export function isModuleSyntax(url: string, typed: boolean): boolean {
  try {
    const source = readFileSync(fileURLToPath(url), "utf8");
    vm.compileFunction(typed ? stripTypeScriptTypes(source) : source, COMMONJS_PARAMETERS);
    return false;
  } catch (error) {
    return error instanceof SyntaxError;
  }
}

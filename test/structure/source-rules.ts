/**
 * What holds between the files of lib/, functions/ and infra/: who may import whom, no cycles, no barrels, and what
 * the deterministic layers must not touch. Pure: takes sources by path, returns one sentence per violation.
 */
import path from "node:path";
import { parseSync } from "oxc-parser";

/** Sources by path from the root of the repository, with `/`. */
export type Sources = ReadonlyMap<string, string>;

interface Layer {
  readonly folder: string;
  /** Folders and files of the repository that it may import; its own folder always. */
  readonly imports: readonly string[];
  /** May it import Node's modules and npm packages? */
  readonly packages: boolean;
}

/** First match wins. What stands nowhere here may not exist in lib/, functions/ or infra/. */
const LAYERS: readonly Layer[] = [
  { folder: "lib/kernel/", imports: [], packages: false },
  { folder: "lib/ports/", imports: ["lib/kernel/"], packages: false },
  { folder: "lib/engine/", imports: ["lib/kernel/", "lib/ports/"], packages: true },
  { folder: "lib/plugins/", imports: ["lib/kernel/", "lib/ports/"], packages: true },
  { folder: "lib/frontends/", imports: ["lib/kernel/"], packages: true },
  { folder: "lib/homes/", imports: ["lib/kernel/", "lib/ports/", "lib/engine/"], packages: true },
  { folder: "lib/operator/", imports: ["lib/kernel/", "lib/homes/aws/"], packages: true },
  { folder: "lib/api/", imports: ["lib/"], packages: true },
  { folder: "lib/cli/", imports: ["lib/"], packages: true },
  { folder: "lib/testing/", imports: ["lib/"], packages: true },
  { folder: "lib/index.ts", imports: ["lib/"], packages: true },
  { folder: "functions/", imports: ["lib/"], packages: true },
  { folder: "infra/", imports: ["lib/homes/aws/env.ts", "lib/homes/node-version.ts"], packages: true },
];

const BARRELS = new Set([
  "lib/index.ts",
  "lib/frontends/index.ts",
  "lib/plugins/opentelemetry/index.ts",
  "lib/testing/index.ts",
]);
const DETERMINISTIC = ["lib/kernel/", "lib/engine/"];
const WITHOUT_ANY = ["lib/kernel/", "lib/ports/", "lib/engine/", "lib/homes/"];
const TIMERS = new Set(["setTimeout", "setInterval", "setImmediate", "performance"]);
const HIDDEN_INPUTS = new Set(["Date.now", "Math.random", "process.env", ...[...TIMERS].map((t) => `globalThis.${t}`)]);

/** Every violation of every rule, one sentence each. */
export function violations(sources: Sources): string[] {
  const parsed = new Map([...sources].map(([file, text]) => [file, parse(file, text)]));
  return [...[...parsed].flatMap(([file, source]) => fileViolations(file, source)), ...cycles(parsed)];
}

// ---- one file ---------------------------------------------------------------------------------------------------

interface Import {
  readonly specifier: string;
  /** Path from the root, for a relative import. */
  readonly file: string | undefined;
  readonly typeOnly: boolean;
}

interface Source {
  readonly imports: readonly Import[];
  readonly hiddenInputs: readonly string[];
  readonly anys: number;
}

function fileViolations(file: string, source: Source): string[] {
  const layer = LAYERS.find(({ folder }) => file.startsWith(folder));
  if (layer === undefined) return [`${file} belongs to no layer`];
  const found = source.imports
    .filter((imported) => !mayImport(layer, imported))
    .map(({ specifier }) => `${file} must not import ${specifier}`);
  if (path.posix.basename(file) === "index.ts" && file.startsWith("lib/") && !BARRELS.has(file)) {
    found.push(`${file} is a barrel`);
  }
  if (DETERMINISTIC.some((folder) => file.startsWith(folder))) {
    found.push(...source.hiddenInputs.map((name) => `${file} must not use ${name}`));
  }
  if (WITHOUT_ANY.some((folder) => file.startsWith(folder)) && source.anys > 0) {
    found.push(`${file} must not use any`);
  }
  return found;
}

function mayImport(layer: Layer, { file }: Import): boolean {
  if (file === undefined) return layer.packages;
  return [layer.folder, ...layer.imports].some((allowed) => file.startsWith(allowed));
}

function parse(file: string, text: string): Source {
  const { program, errors } = parseSync(file, text);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`${file}: ${error.message}`);
  const imports: Import[] = [];
  const hiddenInputs: string[] = [];
  let anys = 0;
  walk(program, undefined, "", (node, parent, key) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined)
      imports.push({ specifier, file: resolve(file, specifier), typeOnly: isTypeOnly(node) });
    const input = hiddenInput(node, parent, key);
    if (input !== undefined) hiddenInputs.push(input);
    if (node.type === "TSAnyKeyword" && isPlainAny(parent)) anys += 1;
  });
  return { imports, hiddenInputs, anys };
}

function resolve(from: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? path.posix.join(path.posix.dirname(from), specifier) : undefined;
}

// ---- the syntax tree: read generically, by field, since only a handful of its node types matter here ----------------

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

type Visit = (node: Node, parent: Node | undefined, key: string) => void;

function walk(value: unknown, parent: Node | undefined, key: string, visit: Visit): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, parent, key, visit);
  } else if (isNode(value)) {
    visit(value, parent, key);
    for (const [field, child] of Object.entries(value)) walk(child, value, field, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** Of `import`, `export … from`, `import()` and `import("…").Type`. A computed specifier shows as its source's type. */
function specifierOf(node: Node): string | undefined {
  if (!isNode(node["source"])) return undefined;
  const { type, value } = node["source"];
  return typeof value === "string" ? value : `<${type}>`;
}

function isTypeOnly(node: Node): boolean {
  return node["importKind"] === "type" || node["exportKind"] === "type" || node.type === "TSImportType";
}

/** A use of time, randomness or environment that did not arrive as an argument (kernel rule 12). */
function hiddenInput(node: Node, parent: Node | undefined, key: string): string | undefined {
  if (node.type === "MemberExpression") {
    const name = `${nameOf(node["object"])}.${nameOf(node["property"])}`;
    return HIDDEN_INPUTS.has(name) ? name : undefined;
  }
  if (node.type === "NewExpression" || node.type === "CallExpression") {
    const bare = nameOf(node["callee"]) === "Date" && (node["arguments"] as unknown[]).length === 0;
    return bare ? "Date without an argument" : undefined;
  }
  const isPropertyName = (key === "property" || key === "key") && parent?.["computed"] !== true;
  const name = nameOf(node);
  return name !== undefined && TIMERS.has(name) && !isPropertyName ? name : undefined;
}

/** `any` said outright: `: any`, `as any`, `<any>`; not as one argument of several, where oxlint wants a reason. */
function isPlainAny(parent: Node | undefined): boolean {
  if (parent === undefined) return false;
  const { type, params } = parent;
  const isOnlyArgument = type === "TSTypeParameterInstantiation" && Array.isArray(params) && params.length === 1;
  return isOnlyArgument || ["TSTypeAnnotation", "TSAsExpression", "TSTypeAssertion"].includes(type);
}

function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  const name = value.type === "Identifier" ? value["name"] : value["value"];
  return typeof name === "string" ? name : undefined;
}

// ---- all files --------------------------------------------------------------------------------------------------

/** Cycles of imports that exist at run time, each told once, from the file where it was entered. */
function cycles(parsed: ReadonlyMap<string, Source>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) found.push(`cycle: ${[...trail.slice(start), file].join(" -> ")}`);
    if (start >= 0 || done.has(file)) return;
    for (const imported of parsed.get(file)?.imports ?? []) {
      if (!imported.typeOnly && imported.file !== undefined) visit(imported.file, [...trail, file]);
    }
    done.add(file);
  };
  for (const file of parsed.keys()) visit(file, []);
  return found;
}

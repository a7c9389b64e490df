/**
 * DynamoDB's expressions, as much of them as this project writes: parsed and carried out on items in DynamoDB's own
 * JSON, with its refusals. Knows nothing of the code that wrote them.
 */
export type Attribute = { readonly S?: string; readonly N?: string; readonly B?: string };
export type Attributes = Readonly<Record<string, Attribute>>;

export class ValidationError extends Error {}

export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
}

const TOKEN = /\s*(#\w+|:\w+|[A-Za-z_]+|<|=|\+|\(|\)|,)/y;
const MAX_DECIMALS = 15;

/** All expressions of one request: what is declared and not used is refused. */
export class Expressions {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Attributes;
  readonly #used = new Set<string>();

  constructor({ ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} }: Placeholders) {
    this.#names = names;
    this.#values = values;
    for (const value of Object.values(values)) checkAttribute(value);
  }

  condition(text: string, item: Attributes | undefined): boolean {
    const parser = this.#parser(text);
    const holds = parser.or(item ?? {});
    parser.end();
    return holds;
  }

  update(text: string, item: Attributes): Attributes {
    const parser = this.#parser(text);
    const changed = parser.clauses(item);
    parser.end();
    return changed;
  }

  /** @throws ValidationError when something is declared and never used */
  done(): void {
    const declared = [...Object.keys(this.#names), ...Object.keys(this.#values)];
    const unused = declared.filter((name) => !this.#used.has(name));
    if (unused.length > 0) throw new ValidationError(`unused in expressions: ${unused.join(", ")}`);
  }

  #parser(text: string): Parser {
    return new Parser(
      text,
      (placeholder) => this.#look(placeholder, this.#names),
      (placeholder) => this.#look(placeholder, this.#values),
    );
  }

  #look<T>(placeholder: string, from: Readonly<Record<string, T>>): T {
    const found = from[placeholder];
    if (found === undefined) throw new ValidationError(`${placeholder} is not defined`);
    this.#used.add(placeholder);
    return found;
  }
}

class Parser {
  readonly #tokens: string[] = [];
  readonly #name: (placeholder: string) => string;
  readonly #value: (placeholder: string) => Attribute;

  constructor(text: string, name: (placeholder: string) => string, value: (placeholder: string) => Attribute) {
    this.#name = name;
    this.#value = value;
    TOKEN.lastIndex = 0;
    let end = 0;
    for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
      this.#tokens.push(match[1] ?? "");
      end = TOKEN.lastIndex;
    }
    if (text.slice(end).trim() !== "" || this.#tokens.length === 0)
      throw new ValidationError(`cannot read the expression ${JSON.stringify(text)}`);
  }

  end(): void {
    if (this.#tokens.length > 0) throw new ValidationError(`something follows: ${this.#tokens.join(" ")}`);
  }

  // ---- conditions: both sides are always read, so that all of it is checked -------------------------------------

  or(item: Attributes): boolean {
    let holds = this.#and(item);
    while (this.#skip("OR")) holds = this.#and(item) || holds;
    return holds;
  }

  #and(item: Attributes): boolean {
    let holds = this.#one(item);
    while (this.#skip("AND")) holds = this.#one(item) && holds;
    return holds;
  }

  #one(item: Attributes): boolean {
    if (this.#skip("(")) {
      const holds = this.or(item);
      this.#need(")");
      return holds;
    }
    const [first = ""] = this.#tokens;
    if (first.startsWith("#")) return this.#comparison(item);
    const called = this.#next();
    this.#need("(");
    const value = item[this.#path()];
    const holds = this.#call(called, value);
    this.#need(")");
    return holds;
  }

  #call(called: string, value: Attribute | undefined): boolean {
    if (called === "attribute_exists") return value !== undefined;
    if (called === "attribute_not_exists") return value === undefined;
    if (called !== "begins_with") throw new ValidationError(`there is no function ${called}`);
    this.#need(",");
    const prefix = this.#operand().S;
    return prefix !== undefined && value?.S?.startsWith(prefix) === true;
  }

  #comparison(item: Attributes): boolean {
    const value = item[this.#path()];
    const by = this.#next();
    if (by === "BETWEEN") {
      const from = this.#operand();
      this.#need("AND");
      const to = this.#operand();
      return value !== undefined && compare(value, from) >= 0 && compare(value, to) <= 0;
    }
    const other = this.#operand();
    if (value === undefined || kindOf(value) !== kindOf(other)) return false;
    if (by === "=") return compare(value, other) === 0;
    if (by === "<") return compare(value, other) < 0;
    throw new ValidationError(`there is no comparison ${by}`);
  }

  // ---- updates: what is read is from before -----------------------------------------------------------------------

  clauses(old: Attributes): Attributes {
    const item: Record<string, Attribute> = { ...old };
    const paths = new Set<string>();
    const clauses = new Set<string>();
    const path = (): string => {
      const name = this.#path();
      if (paths.has(name)) throw new ValidationError(`two paths overlap: ${name}`);
      if (name === "pk" || name === "sk") throw new ValidationError(`${name} is a part of the key`);
      paths.add(name);
      return name;
    };
    while (this.#tokens.length > 0) {
      const clause = this.#next();
      if (clauses.has(clause)) throw new ValidationError(`${clause} can be used only once`);
      clauses.add(clause);
      do this.#action(clause, path(), old, item);
      while (this.#skip(","));
    }
    return item;
  }

  #action(clause: string, name: string, old: Attributes, item: Record<string, Attribute>): void {
    if (clause === "REMOVE") delete item[name];
    else if (clause === "ADD") item[name] = sum(old[name] ?? { N: "0" }, this.#operand());
    else if (clause === "SET") {
      this.#need("=");
      item[name] = this.#assigned(old);
    } else throw new ValidationError(`there is no clause ${clause}`);
  }

  #assigned(old: Attributes): Attribute {
    const first = this.#term(old);
    return this.#skip("+") ? sum(first, this.#term(old)) : first;
  }

  #term(old: Attributes): Attribute {
    if (this.#skip("if_not_exists")) {
      this.#need("(");
      const found = old[this.#path()];
      this.#need(",");
      const otherwise = this.#operand();
      this.#need(")");
      return found ?? otherwise;
    }
    if (this.#tokens[0]?.startsWith(":") === true) return this.#operand();
    const name = this.#path();
    const found = old[name];
    if (found === undefined) throw new ValidationError(`${name} is read, and the item has no such attribute`);
    return found;
  }

  // ---- tokens -----------------------------------------------------------------------------------------------------

  #path(): string {
    const token = this.#next();
    if (!token.startsWith("#")) throw new ValidationError(`${token} may be a reserved word`);
    return this.#name(token);
  }

  #operand(): Attribute {
    return this.#value(this.#next());
  }

  #next(): string {
    const token = this.#tokens.shift();
    if (token === undefined) throw new ValidationError("the expression ends too early");
    return token;
  }

  #skip(token: string): boolean {
    if (this.#tokens[0] !== token) return false;
    this.#tokens.shift();
    return true;
  }

  #need(token: string): void {
    if (!this.#skip(token)) throw new ValidationError(`${token} is missing before ${this.#tokens.join(" ")}`);
  }
}

export function checkAttribute(value: Attribute): void {
  const kinds = Object.keys(value);
  if (kinds.length !== 1) throw new ValidationError(`an attribute has one type, not ${kinds.join(", ")}`);
  if (value.N !== undefined && !Number.isFinite(Number(value.N)))
    throw new ValidationError(`${value.N} is not a number`);
}

function kindOf(value: Attribute): string {
  return Object.keys(value)[0] ?? "";
}

/** Strings as UTF-8 bytes. */
export function compare(a: Attribute, b: Attribute): number {
  if (a.N !== undefined && b.N !== undefined) return Number(a.N) - Number(b.N);
  return Buffer.compare(Buffer.from(a.S ?? ""), Buffer.from(b.S ?? ""));
}

/** Its numbers are decimal. */
function sum(a: Attribute, b: Attribute): Attribute {
  if (a.N === undefined || b.N === undefined) throw new ValidationError("only numbers can be added");
  return { N: String(Number((Number(a.N) + Number(b.N)).toPrecision(MAX_DECIMALS))) };
}

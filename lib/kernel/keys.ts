/**
 * Keys of operations and ids of children: pure functions of where the code stands (K4, K7).
 *
 * key = scope / KIND:name#ordinal, the ordinal counted within (scope, kind, name). It tolerates the insertion of
 * differently named operations and still tells a change of kind.
 */
import type { MarkKind, OperationKind } from "./journal.ts";
import { checkText } from "./plain.ts";
import { hashText } from "./random.ts";

const SPECIAL = /[%/#]/;
const ALL_SPECIAL = /[%/#]/g;

/** Not `encodeURIComponent`: it throws for text that is no valid Unicode, and a name may be any text. */
export function escapeName(name: string): string {
  return SPECIAL.test(name)
    ? name.replaceAll(ALL_SPECIAL, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    : name;
}

function unescapeName(name: string): string {
  if (!name.includes("%")) return name;
  return name.replaceAll(/%(2[35F])/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Counts ordinals within one scope. */
export class KeySpace {
  readonly #scope: string;
  readonly #counts = new Map<string, number>();

  constructor(scope: string) {
    this.#scope = scope;
  }

  /** @throws TreelineError when the name is no text */
  next(kind: OperationKind | MarkKind, name: string): string {
    checkText(name, `the name of a ${kind}`);
    const base = `${this.#scope}/${kind}:${escapeName(name)}`;
    const ordinal = (this.#counts.get(base) ?? 0) + 1;
    this.#counts.set(base, ordinal);
    return `${base}#${ordinal}`;
  }
}

export interface ParsedKey {
  /** Key of the enclosing child context; "" at the top. */
  readonly scope: string;
  readonly kind: OperationKind | MarkKind;
  readonly name: string;
  readonly ordinal: number;
}

export function parseKey(key: string): ParsedKey {
  const slash = key.lastIndexOf("/");
  const colon = key.indexOf(":", slash);
  const hash = key.lastIndexOf("#");
  const name = key.slice(colon + 1, hash);
  return {
    scope: key.slice(0, slash),
    kind: key.slice(slash + 1, colon) as OperationKind | MarkKind,
    name: unescapeName(name),
    ordinal: Number(key.slice(hash + 1)),
  };
}

/** One segment of a readable path: `charge`, `charge#2`. */
export function pathSegment(key: string): string {
  const { name, ordinal } = parseKey(key);
  return ordinal === 1 ? name : `${name}#${ordinal}`;
}

/**
 * The part of a child's id that all children of `parentId` share (D5): the parent's collection is
 * `<root>-<hash of the parent>`, so one range scan lists an execution's children and another its whole tree.
 */
export function childCollection(parentId: string): string {
  const dash = parentId.indexOf("-");
  const root = dash === -1 ? parentId : parentId.slice(0, dash);
  return `${root}-${hashText(parentId)}`;
}

/** Internal id of the child that `key` starts in this generation: at most 60 characters of `[a-z0-9-]`. */
export function childId(collection: string, generation: number, key: string): string {
  return `${collection}-${hashText(generation === 1 ? key : `${generation}${key}`)}`;
}

/** Id of a callback: tells its execution without a look-up. */
export function callbackId(executionId: string, generation: number, key: string): string {
  return `${executionId}.${hashText(`${generation}${key}`)}`;
}

export function executionOfCallback(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf(".")));
}

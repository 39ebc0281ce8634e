import { GantryError, type ErrorCode } from "../errors.js";
import { quote } from "./quote.js";

/** Containers within containers; real manifests and configurations stay below ten. */
const deepest = 100;

/** Objects whose keys are the user's words, not fields: there "Data" and "data" are two things. */
const freeKeys = new Set(["annotations", "labels", "volumes", "exposedports"]);

/**
 * Reads JSON that no two readers can understand differently: strict UTF-8 without a byte order mark, no key twice in
 * an object, no keys that differ only in case (Go reads both as one field; maps of the user's own keys excepted),
 * nesting of at most 100. "__proto__" is an ordinary own key. Throws ERR_GANTRY_MANIFEST_INVALID, or the given code.
 */
export function parseJson(
  bytes: Uint8Array,
  what: string,
  { code = "ERR_GANTRY_MANIFEST_INVALID" }: { readonly code?: ErrorCode } = {},
): unknown {
  const text = decode(bytes, what, code);
  const value = parse(text, what, code);
  const problem = findAmbiguity(text);
  if (problem !== undefined) throw new GantryError(code, `${what}: ${problem}`);
  return value;
}

function decode(bytes: Uint8Array, what: string, code: ErrorCode): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new GantryError(code, `${what} is not JSON: it is not UTF-8`, { cause });
  }
}

/** The parser's own message is not passed on: it quotes the text, which may be someone's credentials. */
function parse(text: string, what: string, code: ErrorCode): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const position = /at position ([0-9]+)/.exec(error instanceof Error ? error.message : "")?.[1];
    const place = position === undefined ? "" : ` at character ${Number(position) + 1}`;
    const reason = text === "" ? "it is empty" : `syntax error${place}`;
    throw new GantryError(code, `${what} is not JSON: ${reason}`);
  }
}

/** An open object (its keys so far, as Go compares them) or array (`keys` undefined). */
interface Open {
  readonly keys: Map<string, string> | undefined;
  /** The keys are the user's words: compared as they are. */
  readonly free: boolean;
  expectsKey: boolean;
  /** The key whose value comes next. */
  key: string;
}

/** What is wrong with a text that JSON.parse has taken, in one pass over its punctuation and strings. */
function findAmbiguity(text: string): string | undefined {
  const open: Open[] = [];
  const token = /["{}[\],]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const inner = open.at(-1);
    switch (match[0]) {
      case "{":
      case "[":
        if (open.length === deepest) return `it nests deeper than ${deepest} levels`;
        open.push(opened(match[0], inner));
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case ",":
        if (inner !== undefined) inner.expectsKey = inner.keys !== undefined;
        break;
      default: {
        const end = endOfString(text, match.index);
        token.lastIndex = end;
        if (inner?.expectsKey !== true) break;
        const problem = addKey(inner, JSON.parse(text.slice(match.index, end)) as string);
        if (problem !== undefined) return problem;
      }
    }
  }
  return undefined;
}

function opened(bracket: string, parent: Open | undefined): Open {
  const isObject = bracket === "{";
  const free = parent?.keys !== undefined && freeKeys.has(fold(parent.key));
  return { keys: isObject ? new Map() : undefined, free, expectsKey: isObject, key: "" };
}

function addKey(object: Open, key: string): string | undefined {
  const comparable = object.free ? key : fold(key);
  const before = object.keys!.get(comparable);
  if (before === key) return `the key ${quote(key)} occurs twice in one object`;
  if (before !== undefined)
    return `the keys ${quote(before)} and ${quote(key)} of one object differ only in case`;
  object.keys!.set(comparable, key);
  object.key = key;
  object.expectsKey = false;
  return undefined;
}

/** A key as Go's decoder compares it: the long s and the Kelvin sign count as s and k. */
export function fold(key: string): string {
  return key.replaceAll("\u017f", "s").toLowerCase();
}

/** The offset behind the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const quoteAt = text.indexOf('"', at);
    let slashes = 0;
    while (text[quoteAt - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return quoteAt + 1;
    at = quoteAt + 1;
  }
}

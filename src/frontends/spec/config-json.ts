import { GantryError } from "../../errors.js";

/** Reads JSON (RFC 8259), a key twice in one object being an error. Messages say where and never show the text: it may hold secrets. */
export function parseConfigJson(text: string, name: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Node's own message quotes the text around the error; only its position is taken.
    const offset = /at position (\d+)/.exec((error as Error).message)?.[1];
    throw invalid(name, text, offset === undefined ? text.length : Number(offset), "not valid JSON");
  }
  refuseDuplicateKeys(text, name);
  return value;
}

/** Runs over the tokens of text that is known to be JSON. */
function refuseDuplicateKeys(text: string, name: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (const { 0: token, index } of text.matchAll(/[{}[\]]|"(?:[^"\\]|\\.)*"(\s*:)?/g)) {
    if (token === "{" || token === "[") open.push(token === "{" ? new Set() : undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token.endsWith(":")) {
      const key = JSON.parse(token.replace(/\s*:$/, "")) as string;
      const keys = open.at(-1)!;
      if (keys.has(key)) throw invalid(name, text, index, `the key ${JSON.stringify(key)} is there twice`);
      keys.add(key);
    }
  }
}

function invalid(name: string, text: string, offset: number, problem: string): GantryError {
  const before = text.slice(0, offset).split("\n");
  const position = `line ${before.length}:${before.at(-1)!.length + 1}`;
  return new GantryError("ERR_GANTRY_SPEC_INVALID", `${name}: ${position}: ${problem}`);
}

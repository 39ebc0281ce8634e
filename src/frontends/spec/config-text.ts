import { GantryError } from "../../errors.js";
import { parseConfigJson } from "./config-json.js";
import type { Locate } from "./schema.js";

/** A value, and where its parts are in the text. */
export interface ParsedText {
  readonly value: unknown;
  readonly locate?: Locate;
}

/** Reads a spec file written as JSON or YAML, by its name. Messages say where and what, and never show the text: it may hold secrets. */
export async function parseConfigText(bytes: Uint8Array, name: string): Promise<ParsedText> {
  const text = decode(bytes, name);
  return name.endsWith(".json") ? { value: parseConfigJson(text, name) } : await parseYaml(text, name);
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new GantryError("ERR_GANTRY_SPEC_INVALID", `${name}: expected UTF-8 text`, { cause });
  }
}

/** YAML 1.2 with merge keys; duplicate keys, unknown tags and several documents are errors, aliases are bounded. */
async function parseYaml(text: string, name: string): Promise<ParsedText> {
  const { LineCounter, isNode, parseDocument } = await import("yaml");
  const lineCounter = new LineCounter();
  const position = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${line}:${col}`;
  };
  try {
    const document = parseDocument(text, { version: "1.2", merge: true, lineCounter, prettyErrors: false });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined)
      throw invalid(`${name}: line ${position(problem.pos[0])}: ${withoutText(problem)}`);
    const locate: Locate = (path) => {
      const node = document.getIn(path, true);
      return isNode(node) && node.range ? position(node.range[0]) : undefined;
    };
    return { value: document.toJS({ maxAliasCount: mostAliases }), locate };
  } catch (error) {
    if (error instanceof GantryError) throw error;
    // The library's own guards (too many aliases) and the engine's (nesting without end) throw plain errors.
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid(`${name}: ${reason}`, error);
  }
}

/** Of the library's messages only those for unexpected tokens end with the text that was met. */
function withoutText({ code, message }: { readonly code: string; readonly message: string }): string {
  return code === "UNEXPECTED_TOKEN" ? message.replace(/: .*$/s, "") : message;
}

const mostAliases = 100;

function invalid(message: string, cause?: unknown): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_INVALID", message, cause === undefined ? {} : { cause });
}

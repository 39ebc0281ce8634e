import { GantryError, during, suggest } from "../../errors.js";
import { parseDestination } from "./destination.js";
import { parseMode, parseOwner, parseSplit } from "./file-options.js";
import type { FileSpec, LayerSpec } from "./request.js";

/**
 * Reads `--add SRC:DEST[,exclude=GLOB,owner=U:G,mode=M,split=N]`: one source as a layer of its own, or as several. DEST is
 * absolute, so the first ":/" parts the two; `exclude` may be repeated. Paths with a comma that looks like an option are for the spec file.
 */
export function parseAdd(text: string): LayerSpec {
  try {
    return readAdd(text);
  } catch (error) {
    throw during(`--add ${text}`, error);
  }
}

function readAdd(text: string): LayerSpec {
  const at = text.indexOf(":/", /^[A-Za-z]:[\\/].*:\//.test(text) ? 2 : 0);
  if (at <= 0) throw invalid("expected SRC:DEST with an absolute DEST, like ./dist:/app");
  const source = text.slice(0, at);
  const [destination = "", ...options] = text.slice(at + 1).split(",");
  if (/^https?$/.test(source) && destination.startsWith("//")) {
    throw new GantryError("ERR_GANTRY_UNSUPPORTED", "a source is a file or folder on disk, not a URL");
  }
  parseDestination(destination);
  return { files: { [destination]: options.length === 0 ? source : { source, ...readOptions(options) } } };
}

function readOptions(options: readonly string[]): FileSpec {
  const exclude: string[] = [];
  let details: FileSpec = {};
  for (const option of options) {
    const [key, value] = splitOption(option);
    if (value === undefined || value === "")
      throw invalid(`expected KEY=VALUE, got ${JSON.stringify(option)}`);
    if (key === "exclude") exclude.push(value);
    else if (key === "owner") details = { ...details, owner: checked(value, parseOwner) };
    else if (key === "mode") details = { ...details, mode: checked(value, parseMode) };
    else if (key === "split") details = { ...details, split: parseSplit(value) };
    else throw unknownOption(key);
  }
  return exclude.length === 0 ? details : { ...details, exclude };
}

function unknownOption(key: string): GantryError {
  return invalid(
    `unknown option ${JSON.stringify(key)}${suggest(key, known) || `: expected ${known.join(", ")}`}`,
  );
}

const known = ["exclude", "owner", "mode", "split"] as const;

function splitOption(option: string): readonly [string, string | undefined] {
  const at = option.indexOf("=");
  return at === -1 ? [option, undefined] : [option.slice(0, at), option.slice(at + 1)];
}

function checked(value: string, parse: (value: string) => unknown): string {
  parse(value);
  return value;
}

function invalid(problem: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", problem);
}

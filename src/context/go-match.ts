import { GantryError } from "../errors.js";

/**
 * Go's path.Match: `*` and `?` do not cross a slash, `[a-z]` and `[^a-z]` are classes and may, a backslash takes the meaning of
 * the next character away. Throws ERR_GANTRY_DOCKERFILE_INVALID for a pattern that is none.
 */
export function compileGlob(pattern: string): (name: string) => boolean {
  const tokens = readTokens([...pattern], pattern);
  return (name) => matchTokens(tokens, [...name]);
}

/** Whether a text has a wildcard in it; one behind a backslash is none. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text.replace(/\\./gs, ""));
}

type Token = "*" | ((char: string) => boolean);

function readTokens(chars: readonly string[], pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === "*") {
      if (tokens.at(-1) !== "*") tokens.push("*");
    } else if (char === "?") tokens.push((one) => one !== "/");
    else if (char === "[") {
      const { token, end } = readClass(chars, at + 1, pattern);
      tokens.push(token);
      at = end;
    } else if (char === "\\") {
      const escaped = chars[++at];
      if (escaped === undefined) throw badPattern(pattern);
      tokens.push((one) => one === escaped);
    } else tokens.push((one) => one === char);
  }
  return tokens;
}

function readClass(
  chars: readonly string[],
  from: number,
  pattern: string,
): { readonly token: Token; readonly end: number } {
  let at = from;
  const negated = chars[at] === "^";
  if (negated) at++;
  const ranges: (readonly [number, number])[] = [];
  const readChar = (): number => {
    const char = chars[at];
    if (char === undefined || char === "-" || char === "]") throw badPattern(pattern);
    if (char !== "\\") return chars[at++]!.codePointAt(0)!;
    const escaped = chars[at + 1];
    if (escaped === undefined) throw badPattern(pattern);
    at += 2;
    return escaped.codePointAt(0)!;
  };
  while (chars[at] !== "]" || ranges.length === 0) {
    const low = readChar();
    if (chars[at] !== "-") {
      ranges.push([low, low]);
      continue;
    }
    at++;
    ranges.push([low, readChar()]);
  }
  const isIn = (point: number) => ranges.some(([low, high]) => low <= point && point <= high);
  return { token: (char) => isIn(char.codePointAt(0)!) !== negated, end: at };
}

/** Goes back to the last star alone: what an earlier one could take, the last one can. */
function matchTokens(tokens: readonly Token[], chars: readonly string[]): boolean {
  let [token, char] = [0, 0];
  let back: { token: number; char: number } | undefined;
  while (char < chars.length || token < tokens.length) {
    const next = tokens[token];
    if (next === "*") {
      back = { token: token++, char };
      continue;
    }
    if (next !== undefined && char < chars.length && next(chars[char]!)) {
      token++;
      char++;
      continue;
    }
    if (back === undefined || back.char >= chars.length || chars[back.char] === "/") return false;
    char = ++back.char;
    token = back.token + 1;
  }
  return true;
}

function badPattern(pattern: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_DOCKERFILE_INVALID",
    `syntax error in pattern ${JSON.stringify(pattern)}: expected a class such as [a-z] after "[", a character after a backslash`,
  );
}

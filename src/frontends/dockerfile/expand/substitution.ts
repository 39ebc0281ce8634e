import { GantryError } from "../../../errors.js";
import { type Cursor, noCharacter } from "./cursor.js";
import { replaceAll, replaceFirst, withoutPrefix, withoutSuffix } from "./pattern.js";
import { type Mode, type Reading, invalidWord, missingEnd } from "./reading.js";

/** Reads a `$name` or `${…}` and gives what it stands for; a `$` that no name follows is itself. */
export function readDollar(reading: Reading): string {
  const { cursor, find, keepUnset } = reading;
  cursor.next();
  if (cursor.peek() === "{") return readBraces(reading);
  const name = readName(cursor);
  if (name === "") return "$";
  return find(name) ?? (keepUnset ? `$${name}` : "");
}

function readBraces(reading: Reading): string {
  const { cursor, find, keepUnset } = reading;
  cursor.next();
  const first = cursor.peek();
  if (first === undefined) throw missingEnd("}");
  if (first === "{" || first === "}" || first === ":") throw invalidWord("syntax error: bad substitution");
  const name = readName(cursor);
  const operator = cursor.next() ?? noCharacter;
  switch (operator) {
    case "}":
      return find(name) ?? (keepUnset ? `\${${name}}` : "");
    case ":":
      return readColon(name, reading);
    case "-":
    case "+":
    case "?":
      return choose(name, operator, { reading, emptyIsUnset: false });
    case "#":
    case "%":
      return trim(name, operator, reading);
    case "/":
      return replace(name, reading);
    default:
      throw unsupported(operator);
  }
}

/** `${name:…}`, where an empty value is as good as none. */
function readColon(name: string, reading: Reading): string {
  const operator = reading.cursor.next() ?? noCharacter;
  if (operator === "#" || operator === "%") throw unsupported(`:${operator}`);
  return choose(name, operator, { reading, emptyIsUnset: true });
}

/** `${name-word}`, `${name+word}`, `${name?message}`. The operand is read, and its faults are found, in any case. */
function choose(
  name: string,
  operator: string,
  { reading, emptyIsUnset }: { readonly reading: Reading; readonly emptyIsUnset: boolean },
): string {
  const word = readOperand("}", reading, { keepEscapes: false, pattern: false });
  const value = reading.find(name);
  const modifier = emptyIsUnset ? `:${operator}` : operator;
  if (value === undefined && reading.keepUnset) return `\${${name}${modifier}${word}}`;
  const empty = value === undefined || (emptyIsUnset && value === "");
  switch (operator) {
    case "-":
      return empty ? word : value;
    case "+":
      return empty ? "" : word;
    case "?":
      if (!empty) return value;
      throw invalidWord(
        `${name}: ${word === "" ? `is not allowed to be ${value === undefined ? "unset" : "empty"}` : word}`,
      );
    default:
      throw unsupported(modifier);
  }
}

/** `${name#pattern}` and `${name%pattern}`; the operator twice takes the longest match instead of the shortest. */
function trim(name: string, operator: "#" | "%", reading: Reading): string {
  const operand = readOperand("}", reading, { keepEscapes: true, pattern: true });
  const value = reading.find(name);
  if (value === undefined && reading.keepUnset) return `\${${name}${operator}${operand}}`;
  const longest = operand.startsWith(operator);
  const pattern = longest ? operand.slice(1) : operand;
  return (operator === "#" ? withoutPrefix : withoutSuffix)(value ?? "", pattern, { longest });
}

/** `${name/pattern/replacement}`, and with `//` for all matches. Escapes in the replacement stay there. */
function replace(name: string, reading: Reading): string {
  const { cursor } = reading;
  const all = cursor.peek() === "/";
  if (all) cursor.next();
  const pattern = readOperand("/", reading, { keepEscapes: true, pattern: true });
  const replacement = readOperand("}", reading, { keepEscapes: true, pattern: false });
  const value = reading.find(name);
  if (value === undefined && reading.keepUnset) return `\${${name}/${pattern}/${replacement}}`;
  return (all ? replaceAll : replaceFirst)(value ?? "", pattern, { replacement });
}

/** Where the word ends before the operand does, that is the fault to tell, whatever else was found on the way. */
function readOperand(stop: "}" | "/", { cursor, operand }: Reading, mode: Mode): string {
  try {
    return operand(stop, mode);
  } catch (error) {
    const invalid = error instanceof GantryError && error.code === "ERR_GANTRY_DOCKERFILE_INVALID";
    throw invalid && cursor.peek() === undefined ? missingEnd(stop) : error;
  }
}

function unsupported(modifier: string): GantryError {
  return invalidWord(`unsupported modifier (${modifier}) in substitution`);
}

/** A run of digits, one special parameter of POSIX, or letters, digits and `_`; "" where none of these begins. */
function readName(cursor: Cursor): string {
  return cursor.take(/\p{Nd}+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*/uy);
}

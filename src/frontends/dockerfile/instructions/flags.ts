import { suggest } from "../../../errors.js";
import { invalid } from "./invalid.js";

/** The flags that an instruction takes, by what their values are. */
export type FlagTypes = Readonly<Record<string, "text" | "texts" | "boolean">>;

/** The values of the flags that were given. */
export type FlagValues<Types extends FlagTypes> = {
  readonly [Name in keyof Types]?: Types[Name] extends "texts"
    ? readonly string[]
    : Types[Name] extends "boolean"
      ? boolean
      : string;
};

/** Reads `--name=value` and, of a boolean, `--name`. Throws ERR_GANTRY_DOCKERFILE_INVALID in BuildKit's words. */
export function readFlags<const Types extends FlagTypes>(
  flags: readonly string[],
  types: Types,
): FlagValues<Types> {
  const values: Record<string, string | boolean | string[]> = {};
  for (const flag of flags) {
    const equals = flag.indexOf("=");
    const name = flag.slice(2, equals < 0 ? undefined : equals);
    const value = equals < 0 ? undefined : flag.slice(equals + 1);
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) throw unknownFlag(name, Object.keys(types));
    if (Object.hasOwn(values, name) && type !== "texts") throw invalid(`duplicate flag specified: --${name}`);
    if (type === "boolean") values[name] = readBoolean(name, value);
    else if (value === undefined) throw invalid(`missing a value on flag: --${name}`);
    else if (type === "text") values[name] = value;
    else values[name] = [...((values[name] ?? []) as string[]), value];
  }
  return values as FlagValues<Types>;
}

function readBoolean(name: string, value: string | undefined): boolean {
  if (value === "") throw invalid(`missing a value on flag: --${name}`);
  const word = (value ?? "true").toLowerCase();
  if (word !== "true" && word !== "false")
    throw invalid(`expecting boolean value for flag --${name}, not: ${value}`);
  return word === "true";
}

function unknownFlag(name: string, known: readonly string[]) {
  return invalid(`unknown flag: --${name}${suggest(name, known)}`);
}

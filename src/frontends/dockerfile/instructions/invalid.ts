import { GantryError } from "../../../errors.js";

/** The error for an instruction that is not one; whoever knows its place adds it. */
export function invalid(problem: string): GantryError {
  return new GantryError("ERR_GANTRY_DOCKERFILE_INVALID", problem);
}

/** The error for what is understood and cannot be done yet. */
export function unsupported(what: string): GantryError {
  return new GantryError("ERR_GANTRY_UNSUPPORTED", what);
}

/** The only argument. */
export function onlyArgument(keyword: string, args: readonly string[]): string {
  const [only, other] = args;
  if (only === undefined || other !== undefined) throw invalid(`${keyword} requires exactly one argument`);
  return only;
}

export function requireArguments(keyword: string, args: readonly unknown[]): void {
  if (args.length === 0) throw invalid(`${keyword} requires at least one argument`);
}

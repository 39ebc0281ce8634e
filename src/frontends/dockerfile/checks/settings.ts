import { GantryError } from "../../../errors.js";
import { goQuote } from "../go-text.js";
import { createDirectiveReader } from "../parse/directives.js";
import type { Directives } from "../parse/statement.js";
import { DockerfileError, type SourceFile } from "../source.js";
import type { Rule } from "./rules.js";

/** Which rules are asked, and what a violation does. */
export interface CheckSettings {
  readonly skip: "all" | ReadonlySet<string>;
  readonly experimental: "all" | ReadonlySet<string>;
  /** Whether a violation fails the build. */
  readonly error: boolean;
}

/** The ARG whose `--build-arg` takes the place of `# check=…`. */
const checkArg = "BUILDKIT_DOCKERFILE_CHECK";

/**
 * The settings of a file: those of the build argument, else those of its directive, else all rules but the experimental
 * ones. Throws ERR_GANTRY_USAGE for the argument, and a DockerfileError for the directive.
 */
export function fileSettings(
  { file, directives: { check } }: { readonly file: SourceFile; readonly directives: Directives },
  buildArgs: Readonly<Record<string, string>>,
): CheckSettings {
  const given = Object.hasOwn(buildArgs, checkArg) ? buildArgs[checkArg] : undefined;
  if (given !== undefined) {
    return parsed(given, (problem) => {
      return new GantryError("ERR_GANTRY_USAGE", `failed to parse --build-arg ${checkArg}: ${problem}`);
    });
  }
  return parsed(check?.value ?? "", (problem) => {
    const place = { file, ranges: [check!.range] };
    return new DockerfileError(`failed to parse check options: ${problem}`, { place });
  });
}

/**
 * The settings for one instruction: `# check=skip=…` above it skips more and asks for more, in vain where it is
 * malformed.
 */
export function instructionSettings(settings: CheckSettings, comments: readonly string[]): CheckSettings {
  for (const comment of comments) {
    const directive = createDirectiveReader("#")(`#${comment}`);
    if (directive?.name !== "check") continue;
    const more = parseSettings(directive.text.split(" ", 1)[0]!);
    if (typeof more === "string") return settings;
    return {
      skip: joined(settings.skip, more.skip),
      experimental: joined(settings.experimental, more.experimental),
      error: settings.error,
    };
  }
  return settings;
}

/** Whether a rule is asked. */
export function isAsked({ name, experimental }: Rule, settings: CheckSettings): boolean {
  if (experimental) return settings.experimental === "all" || settings.experimental.has(name);
  return settings.skip !== "all" && !settings.skip.has(name);
}

function joined(one: CheckSettings["skip"], other: CheckSettings["skip"]): CheckSettings["skip"] {
  return one === "all" || other === "all" ? "all" : new Set([...one, ...other]);
}

function parsed(text: string, fail: (problem: string) => GantryError): CheckSettings {
  const settings = parseSettings(text);
  if (typeof settings === "string") throw fail(settings);
  return settings;
}

/** `skip=A,B;error=true;experimental=all`, or what is wrong with it, in BuildKit's words, and what to write instead. */
function parseSettings(text: string): CheckSettings | string {
  let settings: CheckSettings = { skip: new Set(), experimental: new Set(), error: false };
  if (text.trim() === "") return settings;
  const [first, second, ...rest] = text.trim().split(";");
  // BuildKit splits twice and no more.
  const options = [first!, second, rest.length === 0 ? undefined : rest.join(";")];
  for (const option of options) {
    if (option === undefined) continue;
    const equals = option.indexOf("=");
    if (equals < 0) return `invalid check option ${goQuote(option)}${known}`;
    const name = option.slice(0, equals).trim();
    const value = option.slice(equals + 1).trim();
    if (name === "skip" || name === "experimental") settings = { ...settings, [name]: ruleNames(value) };
    else if (name !== "error") return `invalid check option ${goQuote(name)}${known}`;
    else if (!/^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value))
      return `failed to parse check option ${goQuote(option)}: strconv.ParseBool: parsing ${goQuote(value)}: invalid syntax; write error=true or error=false`;
    else settings = { ...settings, error: /^[1tT]/.test(value) };
  }
  return settings;
}

const known = "; expected skip=RULE,…, error=true or experimental=RULE,…, with a semicolon between them";

function ruleNames(value: string): CheckSettings["skip"] {
  return value === "all" ? "all" : new Set(value.split(",").map((name) => name.trim()));
}

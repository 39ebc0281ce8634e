import { parsePlatform } from "../../../model/platform.js";
import { parseReference } from "../../../model/reference.js";
import type { Dockerfile, Stage } from "../dockerfile.js";
import { expandWord, type Expanded } from "../expand/word.js";
import type { ArgInstruction } from "../instructions/instruction.js";
import {
  automaticArgs,
  globalVariables,
  platformArgs,
  type GivenVariables,
} from "../stages/global-variables.js";
import type { CheckPlace, Report } from "./checks.js";
import { suggestName } from "./suggestion.js";

/**
 * The rules about the ARGs before the first FROM and about every FROM, whether or not its stage is needed. An error ends
 * them in silence: whoever builds from the file meets it too.
 */
export function checkFroms(dockerfile: Dockerfile, options: GivenVariables, report: Report): void {
  for (const instruction of dockerfile.globals) checkShadowing(instruction, instruction.statement, report);
  quietly(() => checkDefaults(dockerfile, options, report));
  quietly(() => {
    const { lookup } = globalVariables(dockerfile, options);
    const own = dockerfile.globals.flatMap(({ args }) => args.map(({ name }) => name));
    const declared = new Set([...automaticArgs, ...own]);
    const expand = (word: string) => expandWord(word, lookup, dockerfile);
    for (const stage of dockerfile.stages)
      if (!checkFrom(stage, { expand, lookup, declared, report })) return;
  });
}

/** A default of an automatic platform ARG: with it an image for another platform gets this one's files. */
export function checkShadowing({ args }: ArgInstruction, place: CheckPlace, report: Report): void {
  for (const { name, value } of args) {
    if (value !== undefined && platformArgs.includes(name))
      report("ArgShadowsAutomaticPlatformArg", place, name, value);
  }
}

/** Whether the bases have names without any `--build-arg`, but for the automatic ones. */
function checkDefaults(dockerfile: Dockerfile, { given, ...options }: GivenVariables, report: Report): void {
  const automatic = Object.entries(given).filter(([name]) => automaticArgs.includes(name));
  const { lookup } = globalVariables(dockerfile, { ...options, given: Object.fromEntries(automatic) });
  for (const { from } of dockerfile.stages) {
    const { text } = expandWord(from.image, lookup, dockerfile);
    const { range } = from.statement;
    if (!isImageName(text)) report("InvalidDefaultArgInFrom", { range }, from.image);
  }
}

interface FromContext {
  readonly expand: (word: string) => Expanded;
  readonly lookup: (name: string) => string | undefined;
  /** Automatic or declared, with a value or without. */
  readonly declared: ReadonlySet<string>;
  readonly report: Report;
}

/** Gives whether the FROM makes sense: BuildKit looks at none after one that does not. */
function checkFrom({ from }: Stage, { expand, lookup, declared, report }: FromContext): boolean {
  const { image, platform, statement, name: stageName = "" } = from;
  const reportMissing = ({ missing }: Expanded) => {
    for (const name of missing)
      if (!declared.has(name)) report("UndefinedArgInFrom", statement, name, suggestName(name, declared));
  };
  const base = expand(image);
  reportMissing(base);
  if (base.text === "") return false;
  if (platform === undefined || platform === "") return true;
  const expanded = expand(platform);
  const { text, used, missing } = expanded;
  reportMissing(expanded);
  const isTarget = used.size === 1 && missing.size === 0 && used.has("TARGETPLATFORM");
  if (isTarget && text === lookup("TARGETPLATFORM")) report("RedundantTargetPlatform", statement, platform);
  const known = quietly(() => parsePlatform(text));
  if (known === undefined) return false;
  const isNamed = stageName.includes(known.os) || stageName.includes(known.architecture);
  if (used.size === 0 && missing.size === 0 && !isNamed)
    report("FromPlatformFlagConstDisallowed", statement, text);
  return true;
}

function isImageName(text: string): boolean {
  return quietly(() => parseReference(text)) !== undefined;
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

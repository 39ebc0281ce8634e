import { formatPlatform } from "../../../model/platform.js";
import type { Platform } from "../../../model/oci.js";
import type { Lookup } from "../expand/reading.js";
import { expandWord } from "../expand/word.js";
import type { Dockerfile } from "../dockerfile.js";

/** What is known outside of all stages. */
export interface GlobalVariables {
  /** The automatic ARGs and those before the first FROM: for FROM, and for an ARG of a stage that names one. */
  readonly lookup: Lookup;
  /** `--build-arg`. */
  readonly given: Readonly<Record<string, string>>;
}

/** What is given for a build beside the file. */
export interface GivenVariables {
  /** `--build-arg`. */
  readonly given: Readonly<Record<string, string>>;
  readonly target: string | undefined;
  readonly platform: Platform;
  readonly buildPlatform: Platform;
}

/**
 * The automatic platform ARGs, which `--build-arg` overrides, then each ARG before the first FROM in order: its
 * `--build-arg`, else its default expanded with those before it; one with neither is not set.
 */
export function globalVariables(
  { globals, escape, stages }: Pick<Dockerfile, "globals" | "escape" | "stages">,
  { given, target, platform, buildPlatform }: GivenVariables,
): GlobalVariables {
  const stage = target ?? stages.at(-1)!.from.name ?? "default";
  const variables = new Map<string, string>([
    ...platformVariables("BUILD", buildPlatform),
    ...platformVariables("TARGET", platform),
    ["TARGETSTAGE", stage],
  ]);
  for (const name of variables.keys()) if (Object.hasOwn(given, name)) variables.set(name, given[name]!);
  const lookup: Lookup = (name) => variables.get(name);
  for (const { name, value } of globals.flatMap(({ args }) => args)) {
    if (Object.hasOwn(given, name)) variables.set(name, given[name]!);
    else if (value !== undefined) variables.set(name, expandWord(value, lookup, { escape }).text);
  }
  return { lookup, given };
}

/** The ARGs that tell the platform that is built for, or on, without being given. */
export const platformArgs: readonly string[] = ["BUILD", "TARGET"].flatMap((prefix) =>
  ["PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT"].map((what) => prefix + what),
);

/** The ARGs that every FROM knows without declaring them. */
export const automaticArgs: readonly string[] = [...platformArgs, "TARGETSTAGE"];

function platformVariables(prefix: string, platform: Platform): [string, string][] {
  const { os, architecture, variant = "", "os.version": version = "" } = platform;
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, os],
    [`${prefix}OSVERSION`, version],
    [`${prefix}ARCH`, architecture],
    [`${prefix}VARIANT`, variant],
  ];
}

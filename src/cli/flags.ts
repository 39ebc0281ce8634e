import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { suggest } from "../index.js";
import type { ProgressMode } from "./progress/open.js";

/** Values of a flag that may be given again and again, in order. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** Like `collect`, and each may hold several between commas. */
export function collectList(value: string, previous: readonly string[] | undefined): readonly string[] {
  const parts = value.split(",").map((part) => part.trim());
  if (parts.includes("")) throw new InvalidArgumentError("there is an empty name between the commas");
  return [...(previous ?? []), ...parts];
}

/** NAME=VALUE flags as one record; a later one replaces an earlier one of the same name, in place. */
export function collectPairs(
  value: string,
  previous: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const at = value.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("expected NAME=VALUE");
  const pair = [value.slice(0, at), value.slice(at + 1)] as const;
  // A map keeps a name's first position; fromEntries makes own keys, so that __proto__ is a name like any other.
  return Object.fromEntries(new Map([...Object.entries(previous ?? {}), pair]));
}

/** A flag that takes one of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): (value: string) => T {
  return (value) => {
    const found = words.find((word) => word === value);
    if (found === undefined)
      throw new InvalidArgumentError(`expected one of ${words.join(", ")}${suggest(value, words)}`);
    return found;
  };
}

/** A command line: a JSON array of strings, or one word. An empty text or `[]` means none. */
export function parseWords(value: string): readonly string[] {
  const text = value.trim();
  if (text === "") return [];
  if (text.startsWith("[")) return jsonWords(text);
  if (/\s/.test(text)) {
    throw new InvalidArgumentError(
      `expected one word or a JSON array: write '${JSON.stringify(text.split(/\s+/))}'`,
    );
  }
  return [text];
}

function jsonWords(text: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`that is not a JSON array: write it as '["node","/app/main.js"]'`);
  }
  if (Array.isArray(value) && value.every((word) => typeof word === "string")) return value as string[];
  throw new InvalidArgumentError("every item of the array must be a string");
}

/** Annotations as buildx writes them: `index:NAME=VALUE` goes to the index, `manifest:` (the default) to each image. */
export function collectAnnotations(
  value: string,
  previous: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const [, scopes, pair] = /^(?:([a-z-]+(?:\[[^\]=]*\])?(?:,[a-z-]+(?:\[[^\]=]*\])?)*):)?(.*)$/s.exec(value)!;
  if (scopes === undefined) return collectPairs(pair!, previous);
  let result = previous;
  for (const scope of scopes.split(",")) {
    if (scope === "manifest") result = collectPairs(pair!, result);
    else if (scope === "index") result = collectPairs(`index:${pair!}`, result);
    else if (scope.startsWith("manifest[")) {
      throw new InvalidArgumentError("annotations for one platform go into the spec file, under platforms");
    } else throw new InvalidArgumentError(`"${scope}:" is not supported, expected manifest: or index:`);
  }
  return result ?? {};
}

/** Adds the flags that every command with a registry on one side takes. */
export function addRegistryFlags(command: Command): Command {
  command
    .optionsGroup("Registries:")
    .option(
      "--insecure <host>",
      "speak http, or https without checking certificates, with this registry (repeatable; loopback hosts need no flag)",
      collectList,
    )
    .option("--authfile <file>", "take credentials from this file before any other");
  return addTrustFlags(command).option(
    "--registry-concurrency <number>",
    "transfers at a time in each direction for each registry",
    parseConcurrency,
  );
}

/** Adds what says how hosts are reached. */
export function addTrustFlags(command: Command): Command {
  return command
    .option("--ca-file <file>", "trust the authorities of this PEM file too (repeatable)", collectList)
    .option(
      "--registries <file>",
      "settings by registry: concurrency, chunk, mirror, plainHttp, ca (default: gantry/registries.yaml in the configuration folder)",
    );
}

function parseConcurrency(text: string): number {
  if (/^[1-9]\d?$|^100$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number from 1 to 100");
}

/** Adds the flags that every command with transfers takes. */
export function addProgressFlags(command: Command): Command {
  return command
    .optionsGroup("Running:")
    .option(
      "--progress <mode>",
      "auto, tty, plain, rawjson (events as JSON lines) or quiet (digests only)",
      oneOf("auto", "tty", "plain", "rawjson", "quiet"),
    )
    .option("--timings", "end with tables of where the time went, and what held it up")
    .option("--trace <file>", "write what every thread and connection did, for ui.perfetto.dev");
}

/** Adds what commands with several destinations take. */
export function addPushErrorFlag(command: Command): Command {
  return command.option(
    "--on-push-error <policy>",
    "when a destination fails: fail moves no name anywhere, continue leaves it out",
    oneOf("fail", "continue"),
  );
}

export interface PushErrorFlags {
  readonly onPushError?: "fail" | "continue";
}

export interface ProgressFlags {
  readonly progress?: ProgressMode;
  readonly timings?: boolean;
  readonly trace?: string;
}

/** The values of `addRegistryFlags`, as the library takes them. */
export function registryOptions(flags: RegistryFlags): {
  readonly insecure?: readonly string[];
  readonly authFile?: string;
  readonly caFiles?: readonly string[];
  readonly registries?: string;
  readonly registryConcurrency?: number;
} {
  return withoutUndefined({
    insecure: flags.insecure,
    authFile: flags.authfile,
    caFiles: flags.caFile,
    registries: flags.registries,
    registryConcurrency: flags.registryConcurrency,
  });
}

export interface RegistryFlags {
  readonly insecure?: readonly string[];
  readonly authfile?: string;
  readonly caFile?: readonly string[];
  readonly registries?: string;
  readonly registryConcurrency?: number;
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without the keys whose value is undefined: what was not asked for is not mentioned. */
export function withoutUndefined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}

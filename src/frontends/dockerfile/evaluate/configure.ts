import { posix } from "node:path";
import { checkStopSignal } from "../../../model/settings.js";
import type { HealthcheckConfig } from "../../../model/oci.js";
import { expandWord } from "../expand/word.js";
import { goDuration, goQuoteList } from "../go-text.js";
import type {
  ArgInstruction,
  CommandInstruction,
  HealthcheckInstruction,
  PairsInstruction,
} from "../instructions/instruction.js";
import type { StageInstruction } from "../dockerfile.js";
import type { EscapeCharacter } from "../parse/statement.js";
import { invalid } from "../instructions/invalid.js";
import { exposedPorts } from "./expose.js";
import type { GlobalVariables } from "../stages/global-variables.js";
import { lookupIn, tell, type StageState } from "./state.js";

/** What instructions are applied with. */
export interface ConfigureContext {
  readonly escape: EscapeCharacter;
  readonly globals: GlobalVariables;
}

/** The instructions that change no file. */
type Configuring = Exclude<StageInstruction, { readonly type: "COPY" | "ADD" | "RUN" | "WORKDIR" }>;

/** Applies an instruction that changes the configuration alone, and tells it in the history in BuildKit's words. */
export function configure(
  state: StageState,
  instruction: Configuring,
  { escape, globals }: ConfigureContext,
): void {
  const expand = (word: string) => expandWord(word, lookupIn(state), { escape }).text;
  switch (instruction.type) {
    case "ARG":
      return setArgs(state, instruction, { globals, expand });
    case "ENV":
    case "LABEL":
      return setPairs(state, instruction, expand);
    case "CMD":
    case "ENTRYPOINT":
      return setCommand(state, instruction);
    case "SHELL":
      set(state, { Shell: instruction.words });
      return tell(state, `SHELL ${goList(instruction.words)}`);
    case "HEALTHCHECK":
      return setHealthcheck(state, instruction);
    case "EXPOSE": {
      const ports = exposedPorts(instruction.ports, { lookup: lookupIn(state), escape });
      const all = { ...state.config.ExposedPorts, ...keys(ports) };
      if (Object.keys(all).length > 0) set(state, { ExposedPorts: all });
      return tell(state, `EXPOSE ${goList(ports)}`);
    }
    case "VOLUME": {
      const paths = instruction.paths.map(expand);
      if (paths.includes("")) throw invalid("VOLUME specified can not be an empty string");
      set(state, { Volumes: { ...state.config.Volumes, ...keys(paths) } });
      return tell(state, `VOLUME ${goList(paths)}`);
    }
    case "USER": {
      const user = expand(instruction.text);
      // As Go writes it, no user is no field.
      if (user === "") unset(state, "User");
      else set(state, { User: user });
      return tell(state, `USER ${user}`);
    }
    case "STOPSIGNAL": {
      const signal = checkSignal(expand(instruction.text));
      set(state, { StopSignal: signal });
      return tell(state, `STOPSIGNAL ${signal}`);
    }
    case "MAINTAINER":
      state.author = instruction.text;
      return tell(state, `MAINTAINER ${instruction.text}`);
    case "ONBUILD":
      set(state, { OnBuild: [...(state.config.OnBuild ?? []), instruction.trigger] });
  }
}

function set(state: StageState, change: Partial<StageState["config"]>): void {
  state.config = { ...state.config, ...change };
}

function unset(state: StageState, field: "Cmd" | "Entrypoint" | "User"): void {
  const { [field]: _dropped, ...rest } = state.config;
  state.config = rest;
}

function checkSignal(signal: string): string {
  // Any number but 0 is one: the platform that the image runs on may have others.
  if (/^[+-]?\d+$/.test(signal) && Number(signal) !== 0) return signal;
  try {
    return checkStopSignal(signal);
  } catch {
    throw invalid(`invalid signal: ${signal}: expected a name such as "SIGTERM", or a number from 1`);
  }
}

/** The value of an ARG: its `--build-arg`, else its own default, else what the name means outside of all stages. */
function setArgs(
  state: StageState,
  { args }: ArgInstruction,
  { globals, expand }: { readonly globals: GlobalVariables; readonly expand: (word: string) => string },
): void {
  const told = args.map(({ name, value: byDefault }) => {
    const given = Object.hasOwn(globals.given, name) ? globals.given[name] : undefined;
    const value = given ?? (byDefault === undefined ? globals.lookup(name) : expand(byDefault));
    if (value === undefined) return name;
    if (!notVariables.has(name)) state.variables.set(name, value);
    return `${name}=${value}`;
  });
  tell(state, `ARG ${told.join(" ")}`);
}

/** ARGs that steer BuildKit's own work and are no variables, though it knows their names. */
export const notVariables: ReadonlySet<string> = new Set([
  "BUILDKIT_SBOM_SCAN_CONTEXT",
  "BUILDKIT_SBOM_SCAN_STAGE",
]);

/** All pairs of one instruction are expanded with what was set before it. */
function setPairs(
  state: StageState,
  { type, pairs }: PairsInstruction,
  expand: (word: string) => string,
): void {
  const expanded = pairs.map(({ name, value }) => ({ name: expand(name), value: expand(value) }));
  if (type === "LABEL") {
    set(state, { Labels: { ...state.config.Labels, ...Object.fromEntries(expanded.map(asEntry)) } });
  } else {
    for (const { name, value } of expanded) {
      state.variables.set(name, value);
      set(state, { Env: withEnv(state.config.Env ?? [], name, value) });
    }
  }
  tell(state, `${type} ${expanded.map(({ name, value }) => `${name}=${value}`).join(" ")}`);
}

function asEntry({ name, value }: { readonly name: string; readonly value: string }): [string, string] {
  return [name, value];
}

/** A name that is there keeps its place; a new one comes last. */
export function withEnv(env: readonly string[], name: string, value: string): readonly string[] {
  const line = `${name}=${value}`;
  const at = env.findIndex((known) => known.split("=", 1)[0] === name);
  return at < 0 ? [...env, line] : env.with(at, line);
}

const defaultShell = ["/bin/sh", "-c"];

function setCommand(state: StageState, { type, command }: CommandInstruction): void {
  const { Shell: shell = [] } = state.config;
  const words = command.forShell
    ? [...(shell.length === 0 ? defaultShell : shell), command.words.join(" ")]
    : command.words;
  if (type === "CMD") {
    if (words.length === 0) unset(state, "Cmd");
    else set(state, { Cmd: words });
    set(state, { ArgsEscaped: true });
    state.hasCommand = true;
  } else {
    // No words are no entrypoint, and not one without words.
    if (words.length === 0) unset(state, "Entrypoint");
    else set(state, { Entrypoint: words });
    if (!state.hasCommand) unset(state, "Cmd");
  }
  tell(state, `${type} ${goQuoteList(words)}`);
}

function setHealthcheck(state: StageState, { check }: HealthcheckInstruction): void {
  set(state, { Healthcheck: check });
  tell(state, `HEALTHCHECK ${describeCheck(check)}`);
}

/** As Go prints the struct. */
function describeCheck(check: HealthcheckConfig): string {
  const duration = (field: "Interval" | "Timeout" | "StartPeriod" | "StartInterval") =>
    `${field}:${goDuration(check[field] ?? 0)}`;
  const durations = (["Interval", "Timeout", "StartPeriod", "StartInterval"] as const).map(duration);
  return `{Test:${goList(check.Test ?? [])} ${durations.join(" ")} Retries:${check.Retries ?? 0}}`;
}

/** A slice of strings as Go prints it. */
function goList(words: readonly string[]): string {
  return `[${words.join(" ")}]`;
}

function keys(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

/** Where WORKDIR leads: a relative path joins the one before it, an absolute one is taken as it is written. */
export function joinWorkdir(before: string | undefined, path: string): string {
  if (path.startsWith("/")) return path;
  const from = before === undefined || before === "" ? "/" : before;
  if (path === "") return from;
  const joined = posix.join(from, path);
  return joined === "/" ? joined : joined.replace(/\/$/, "");
}

import { resolve } from "node:path";
import { GantryError } from "../errors.js";
import { isLoopbackHost } from "../http/addresses.js";
import { familiarReference, parseReference } from "../model/reference.js";
import { writeArchive } from "../places/archive/archive.js";
import { writeDockerArchive } from "../places/docker-archive/write.js";
import { openEngine } from "../places/engine.js";
import { openLayout } from "../places/layout/layout.js";
import { openStore } from "../places/store.js";
import type { Destination } from "../model/place.js";
import type { BuildPlan } from "../plan/plan.js";
import type { RegistrySession } from "../places/registry/session.js";
import type { System } from "../system.js";
import type { Output } from "./options.js";

/** One place an image goes to, and the names it gets there. */
export interface Target {
  readonly type: Output["type"];
  readonly destination: Destination;
  readonly names: readonly string[];
}

/** What opening destinations needs. */
export interface OutputContext {
  readonly system: System;
  readonly session: RegistrySession;
  /** The folder of the local store. */
  readonly store: string;
}

/** The places an image goes to: one for each registry among its tags, one for each other output. */
export function openTargets(
  { tags, name }: Pick<BuildPlan, "tags" | "name">,
  outputs: readonly Output[],
  context: OutputContext,
): Target[] {
  return outputs.flatMap((output) =>
    output.type === "registry"
      ? openRegistries(tags, context)
      : [{ type: output.type, ...openLocal(output, { tags, name }, context) }],
  );
}

/** What outputs need to know of an image. */
export interface Checked {
  readonly name: string;
  readonly tags: readonly string[];
  /** How many it is built for. */
  readonly platforms: number;
}

/** Refuses outputs that cannot be made, before any work: called with every plan of the run. */
export function checkOutputs(plans: readonly Checked[], outputs: readonly Output[]): void {
  checkDistinct(plans, ({ tags, name }) => (tags.length > 0 ? tags.map(familiar) : [name]), "are both named");
  for (const output of outputs) {
    if (output.type === "oci")
      checkDistinct(plans, ({ tags }) => layoutNames(tags), `would both be named in ${output.dest}`);
    if (output.type === "registry") plans.forEach(checkTagged);
    if (output.type === "docker" || output.type === "load")
      plans.forEach((plan) => checkOnePlatform(plan, output));
    if (isOneFile(output) && plans.length > 1) {
      throw new GantryError(
        "ERR_GANTRY_USAGE",
        `-o type=${output.type},dest=${output.dest} holds one image and ${plans.length} are built: pick one with --only, or use type=oci with a folder`,
      );
    }
  }
}

/** Two images under one name would race for it. */
function checkDistinct(
  plans: readonly Pick<BuildPlan, "tags" | "name">[],
  namesOf: (plan: Pick<BuildPlan, "tags" | "name">) => readonly string[],
  phrase: string,
): void {
  const owners = new Map<string, string>();
  for (const plan of plans) {
    for (const name of new Set(namesOf(plan))) {
      const other = owners.get(name);
      owners.set(name, plan.name);
      if (other === undefined) continue;
      const advice = "give them different tags, or build one of them with --only";
      throw new GantryError(
        "ERR_GANTRY_SPEC_INVALID",
        `${other} and ${plan.name} ${phrase} "${name}": ${advice}`,
      );
    }
  }
}

/** The names of an image in a layout (image-spec annotations.md, `org.opencontainers.image.ref.name`): its tags. */
function layoutNames(tags: readonly string[]): readonly string[] {
  return tags.length > 0 ? [...new Set(tags.map((tag) => parseReference(tag).tag ?? "latest"))] : ["latest"];
}

/** Whether everything stays on this machine: then compressing would only cost time. */
export function staysHere(tags: readonly string[], outputs: readonly Output[]): boolean {
  return outputs.every(
    ({ type }) => type !== "registry" || tags.every((tag) => isLoopbackHost(parseReference(tag).registry)),
  );
}

function openRegistries(tags: readonly string[], { session }: OutputContext): Target[] {
  const names = new Map<string, string[]>();
  for (const tag of tags) {
    const { registry } = parseReference(tag);
    names.set(registry, [...(names.get(registry) ?? []), tag]);
  }
  return [...names].map(([registry, names]) => ({
    type: "registry",
    destination: session.destination(registry),
    names,
  }));
}

function openLocal(
  output: Exclude<Output, { type: "registry" }>,
  { tags, name }: Pick<BuildPlan, "tags" | "name">,
  { system, store }: OutputContext,
): Omit<Target, "type"> {
  const token = () => system.token(8);
  switch (output.type) {
    case "store":
      return {
        destination: openStore(store, { token, now: system.now }),
        names: tags.length > 0 ? tags.map(familiar) : [name],
      };
    case "load":
      return { destination: openEngine({ engine: output.engine, token, system }), names: tags };
    case "docker":
      return { destination: writeDockerArchive({ file: fileOf(output.dest, system), token }), names: tags };
    case "oci": {
      const destination = isTar(output)
        ? writeArchive({ file: fileOf(output.dest, system), token })
        : openLayout(resolve(system.cwd, output.dest), { token, label: `oci:${output.dest}` });
      return { destination, names: layoutNames(tags) };
    }
  }
}

/** How the local store spells a tag. */
function familiar(tag: string): string {
  const reference = parseReference(tag);
  return familiarReference({ ...reference, tag: reference.tag ?? "latest" });
}

function fileOf(dest: string, { cwd, stdout }: System): string | NodeJS.WritableStream {
  return dest === "-" ? stdout() : resolve(cwd, dest);
}

function isTar({ dest, tar }: Extract<Output, { type: "oci" }>): boolean {
  return tar ?? (dest === "-" || dest.endsWith(".tar"));
}

function isOneFile(output: Output): output is Extract<Output, { dest: string }> {
  return output.type === "docker" || (output.type === "oci" && isTar(output));
}

function checkTagged({ tags, name }: Pick<BuildPlan, "tags" | "name">): void {
  if (tags.length > 0) return;
  throw new GantryError(
    "ERR_GANTRY_NO_DESTINATION",
    `${name} has no tag to be pushed to: give one with -t REGISTRY/NAME:TAG`,
  );
}

function checkOnePlatform({ name, platforms }: Checked, { type }: Output): void {
  if (platforms === 1) return;
  const flag = type === "load" ? "--load" : "-o type=docker";
  throw new GantryError(
    "ERR_GANTRY_USAGE",
    `${flag} takes one platform and ${name} is built for ${platforms}: pick one with --platform, or use -o type=oci`,
  );
}

import { normalize } from "node:path";
import { GantryError, suggest } from "../../index.js";
import type { Output } from "../../index.js";
import { parseCompression } from "../compression.js";
import type { BuildFlags } from "../commands/build.js";

/** What `--push`, `--load` and `-o` ask for; an `-o` may also carry names, compression and media types (buildx's keys). */
export interface OutputSettings {
  readonly outputs: readonly Output[];
  readonly tags: readonly string[];
  readonly compression?: string;
  readonly ociMediaTypes?: boolean;
}

/** Reads the output flags; without any of them the local store is meant. Throws ERR_GANTRY_USAGE. */
export function readOutputs({
  push,
  load,
  output = [],
}: Pick<BuildFlags, "push" | "load" | "output">): OutputSettings {
  const parsed = output.map(parseOutput);
  const outputs = unique([
    ...(push === true ? [{ type: "registry" } as const] : []),
    ...(load === true ? [{ type: "load" } as const] : []),
    ...parsed.map((one) => one.output),
  ]);
  const compression = agreed(
    "compression",
    parsed.map((one) => one.compression),
  );
  const ociMediaTypes = agreed(
    "oci-mediatypes",
    parsed.map((one) => one.ociMediaTypes),
  );
  return {
    outputs: outputs.length === 0 ? [{ type: "store" }] : outputs,
    tags: parsed.flatMap((one) => one.tags),
    ...(compression === undefined ? {} : { compression }),
    ...(ociMediaTypes === undefined ? {} : { ociMediaTypes }),
  };
}

interface ParsedOutput {
  readonly output: Output;
  readonly tags: readonly string[];
  readonly compression: string | undefined;
  readonly ociMediaTypes: boolean | undefined;
}

const commonKeys = ["type", "name", "compression", "compression-level", "oci-mediatypes"];
const keysOf: Readonly<Record<string, readonly string[]>> = {
  registry: [...commonKeys, "push"],
  image: [...commonKeys, "push"],
  oci: [...commonKeys, "dest", "tar"],
  docker: [...commonKeys, "dest", "tar"],
};

function parseOutput(text: string): ParsedOutput {
  const fields = readFields(text);
  const type = fields.get("type");
  if (type === undefined) throw shorthandError(text);
  if (type === "local" || type === "tar") {
    throw usage(
      `-o type=${type} is not supported: gantry writes images, not their unpacked files; expected registry, image, oci or docker`,
    );
  }
  const known = keysOf[type];
  if (known === undefined) {
    throw usage(
      `-o ${text}: unknown type "${type}"${suggest(type, Object.keys(keysOf))}; expected registry, image, oci or docker`,
    );
  }
  for (const key of fields.keys()) {
    if (!known.includes(key))
      throw usage(
        `-o ${text}: type=${type} takes no "${key}"${suggest(key, known)}; it takes ${known.join(", ")}`,
      );
  }
  return {
    output: outputOf(type, fields, text),
    tags:
      fields
        .get("name")
        ?.split(",")
        .map((tag) => tag.trim())
        .filter((tag) => tag !== "") ?? [],
    compression: compressionOf(fields, text),
    ociMediaTypes: readBoolean(fields, "oci-mediatypes", text),
  };
}

/** buildx reads a bare word as a folder (or, for "-", stdout) for unpacked files. */
function shorthandError(text: string): Error {
  const hint =
    text.endsWith(".tar") || text === "-"
      ? `-o type=oci,dest=${text}`
      : `-o type=oci,dest=DIR or -o type=registry`;
  return usage(`-o ${text} names no type: write it as ${hint}`);
}

function outputOf(type: string, fields: ReadonlyMap<string, string>, text: string): Output {
  const dest = fields.get("dest");
  if (dest === "") throw usage(`-o ${text}: dest is empty; give a file or folder, or - for stdout`);
  const tar = readBoolean(fields, "tar", text);
  if (type === "registry") {
    if (readBoolean(fields, "push", text) === false)
      throw usage(`-o ${text}: type=registry always pushes; for the local store leave -o out`);
    return { type: "registry" };
  }
  if (type === "image") return { type: readBoolean(fields, "push", text) === true ? "registry" : "store" };
  if (type === "docker") {
    if (tar === false)
      throw usage(`-o ${text}: docker's format is always a tar file; for a folder use type=oci`);
    return dest === undefined ? { type: "load" } : { type: "docker", dest };
  }
  if (dest === undefined)
    throw usage(`-o ${text}: dest is missing; give dest=FILE.tar, dest=DIR or dest=- for stdout`);
  if (tar === false && dest === "-")
    throw usage(`-o ${text}: a folder cannot be written to stdout; leave tar=false out`);
  return { type: "oci", dest, tar: tar ?? (dest === "-" || dest.endsWith(".tar")) };
}

function compressionOf(fields: ReadonlyMap<string, string>, text: string): string | undefined {
  const type = fields.get("compression");
  const level = fields.get("compression-level");
  if (type === undefined && level !== undefined)
    throw usage(`-o ${text}: compression-level needs compression=gzip or compression=zstd`);
  if (type === undefined) return undefined;
  try {
    return parseCompression(level === undefined ? type : `${type}:${level}`);
  } catch (error) {
    throw usage(`-o ${text}: ${(error as Error).message}`);
  }
}

function readBoolean(fields: ReadonlyMap<string, string>, key: string, text: string): boolean | undefined {
  const value = fields.get(key)?.toLowerCase();
  if (value === undefined) return undefined;
  if (["true", "1", "t"].includes(value)) return true;
  if (["false", "0", "f"].includes(value)) return false;
  throw usage(`-o ${text}: ${key} is "${value}", expected true or false`);
}

/** One line of CSV with key=value fields; a field in double quotes may hold commas, `""` in it is a quote. */
function readFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const match of text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    const field = match[1]?.replaceAll('""', '"') ?? match[2] ?? "";
    const at = field.indexOf("=");
    if (at === -1) {
      if (fields.size === 0) throw shorthandError(text);
      throw usage(`-o ${text}: "${field}" is not KEY=VALUE; put a field that holds commas in double quotes`);
    }
    const key = field.slice(0, at).trim().toLowerCase();
    if (fields.has(key)) throw usage(`-o ${text}: "${key}" is given twice`);
    fields.set(key, field.slice(at + 1));
  }
  return fields;
}

function unique(outputs: readonly Output[]): readonly Output[] {
  const byPlace = new Map<string, Output>();
  for (const output of outputs) {
    const dest = "dest" in output ? output.dest : undefined;
    const place = dest === undefined ? `type:${output.type}` : `dest:${normalize(dest)}`;
    const earlier = byPlace.get(place);
    if (earlier !== undefined && dest !== undefined && JSON.stringify(earlier) !== JSON.stringify(output)) {
      throw usage(`two outputs go to ${dest}: give each a dest of its own`);
    }
    byPlace.set(place, output);
  }
  return [...byPlace.values()];
}

function agreed<T>(key: string, values: readonly (T | undefined)[]): T | undefined {
  const given = [...new Set(values.filter((value) => value !== undefined))];
  if (given.length > 1)
    throw usage(
      `-o: ${key} is ${given.join(" and ")}; an image has one digest everywhere, so it can only be one of them`,
    );
  return given[0];
}

function usage(message: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", message);
}

import { GantryError } from "../errors.js";
import { digestAt, platformDetails } from "./descriptor.js";
import { parseJson } from "./json.js";
import {
  asArray,
  asBoolean,
  asMap,
  asObject,
  asString,
  inside,
  optional,
  refuseCaseVariants,
  unexpected,
  type At,
  type JsonObject,
} from "./shape.js";
import type { HistoryEntry, ImageConfig, ManifestDocument, RuntimeConfig } from "./oci.js";

/** The largest image configuration that is read, in bytes. */
export const configLimit: number = 8 * 1024 * 1024;

const fields = [
  "architecture",
  "os",
  "variant",
  "os.version",
  "os.features",
  "config",
  "rootfs",
  "history",
  "created",
  "author",
];
const runtimeFields = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
  "Healthcheck",
  "Shell",
  "OnBuild",
];

/**
 * Reads an image configuration (image-spec config.md). Unknown fields are kept; null, which Go writes for what is not
 * set, is left out; a configuration that names no platform is for "unknown". Throws ERR_GANTRY_MANIFEST_INVALID naming
 * the field, ERR_GANTRY_LIMIT above 8 MiB.
 */
export function parseConfig(bytes: Uint8Array, what: string): ImageConfig {
  if (bytes.length > configLimit) {
    throw new GantryError(
      "ERR_GANTRY_LIMIT",
      `${what} has ${bytes.length} bytes, the most are ${configLimit}`,
    );
  }
  const at: At = { what, path: "" };
  const object = asObject(parseJson(bytes, what), at);
  refuseCaseVariants(object, fields, at);
  const { architecture = "", os = "" } = {
    ...optional(object, "architecture", at, asString),
    ...optional(object, "os", at, asString),
  };
  return {
    ...without(object, fields),
    ...optional(object, "created", at, asString),
    ...optional(object, "author", at, asString),
    architecture: architecture || "unknown",
    os: os || "unknown",
    ...platformDetails(object, at),
    ...optional(object, "config", at, runtimeConfigAt),
    rootfs: rootfsAt(object["rootfs"], inside(at, "rootfs")),
    ...optional(object, "history", at, (list, place) => asArray(list, place, historyAt)),
  };
}

/** An image has exactly one layer for each diffID of its configuration; throws ERR_GANTRY_MANIFEST_INVALID otherwise. */
export function checkConfig(config: ImageConfig, manifest: ManifestDocument): void {
  const layers = manifest.layers.length;
  const diffIds = config.rootfs.diff_ids.length;
  if (layers === diffIds) return;
  throw new GantryError(
    "ERR_GANTRY_MANIFEST_INVALID",
    `the image's manifest has ${layers} layers but its configuration ${manifest.config.digest} has ${diffIds} diff_ids: the image is broken, pull or build it again`,
  );
}

function rootfsAt(value: unknown, at: At): ImageConfig["rootfs"] {
  const object = asObject(value, at);
  refuseCaseVariants(object, ["type", "diff_ids"], at);
  if (object["type"] !== "layers") throw unexpected(inside(at, "type"), object["type"], '"layers"');
  return { type: "layers", diff_ids: asArray(object["diff_ids"], inside(at, "diff_ids"), digestAt) };
}

function runtimeConfigAt(value: unknown, at: At): RuntimeConfig {
  const object = asObject(value, at);
  refuseCaseVariants(object, runtimeFields, at);
  const strings = (list: unknown, place: At) => asArray(list, place, asString);
  const set = (map: unknown, place: At) => asMap(map, place, () => ({}));
  return {
    ...without(object, runtimeFields),
    ...optional(object, "User", at, asString),
    ...optional(object, "ExposedPorts", at, set),
    ...optional(object, "Env", at, strings),
    ...optional(object, "Entrypoint", at, strings),
    ...optional(object, "Cmd", at, strings),
    ...optional(object, "Volumes", at, set),
    ...optional(object, "WorkingDir", at, asString),
    ...optional(object, "Labels", at, (map, place) => asMap(map, place, asString)),
    ...optional(object, "StopSignal", at, asString),
    ...optional(object, "Healthcheck", at, asObject),
    ...optional(object, "Shell", at, strings),
    ...optional(object, "OnBuild", at, strings),
  };
}

function historyAt(value: unknown, at: At): HistoryEntry {
  const object = asObject(value, at);
  const known = ["created", "created_by", "author", "comment", "empty_layer"];
  return {
    ...without(object, known),
    ...optional(object, "created", at, asString),
    ...optional(object, "created_by", at, asString),
    ...optional(object, "author", at, asString),
    ...optional(object, "comment", at, asString),
    ...optional(object, "empty_layer", at, asBoolean),
  };
}

function without(object: JsonObject, known: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !known.includes(key)));
}

/**
 * The same configuration with its keys in the order in which Gantry writes them, so that equal configurations are
 * equal bytes: created, author, architecture, os, os.version, os.features, variant, config, rootfs, history, then
 * unknown fields by name. Within `config`: User, ExposedPorts, Env, Entrypoint, Cmd, Volumes, WorkingDir, Labels,
 * StopSignal, Healthcheck, Shell, OnBuild, then unknown ones by name; ports, volumes and labels by name.
 */
export function orderConfig(config: ImageConfig): ImageConfig {
  const order = [
    "created",
    "author",
    "architecture",
    "os",
    "os.version",
    "os.features",
    "variant",
    "config",
    "rootfs",
    "history",
  ];
  const ordered = inOrder(config, order);
  if (config.config === undefined) return ordered as ImageConfig;
  return { ...ordered, config: orderRuntime(config.config) } as ImageConfig;
}

function orderRuntime(config: RuntimeConfig): RuntimeConfig {
  const maps = ["ExposedPorts", "Volumes", "Labels"] as const;
  const sorted = maps.flatMap((key) => (config[key] === undefined ? [] : [[key, inOrder(config[key], [])]]));
  return inOrder({ ...config, ...Object.fromEntries(sorted) }, runtimeFields) as RuntimeConfig;
}

/** The object's keys in the given order, the others behind them by UTF-16 code units. */
export function inOrder(object: JsonObject, order: readonly string[]): JsonObject {
  const rest = Object.keys(object)
    .filter((key) => !order.includes(key))
    .sort();
  const keys = [...order.filter((key) => object[key] !== undefined), ...rest];
  return Object.fromEntries(keys.map((key) => [key, object[key]]));
}

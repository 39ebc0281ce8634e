import { GantryError, during } from "../../errors.js";
import type { Platform } from "../../model/oci.js";
import { formatPlatform, machinePlatform, parsePlatform } from "../../model/platform.js";
import type { System } from "../../system.js";
import { interpolate, platformVariables } from "./interpolate.js";
import type { BuildRequest, Files, FileSpec, ImageFields, LayerSpec, PlatformOverrides } from "./request.js";

/** What is asked for one platform: the overrides merged in, variables expanded. */
export interface PlatformRequest {
  readonly platform: Platform;
  readonly fields: ImageFields;
}

/** A request for each platform, in the order given; none given means Linux on this machine's processor. */
export function requestsByPlatform(request: BuildRequest, system: System): readonly PlatformRequest[] {
  const { platforms } = request;
  if (platforms === undefined) return [expanded(machinePlatform(system), request)];
  const asked: readonly (readonly [string, PlatformOverrides])[] = Array.isArray(platforms)
    ? (platforms as readonly string[]).map((text) => [text, {}])
    : Object.entries(platforms as Readonly<Record<string, PlatformOverrides>>);
  if (asked.length === 0) throw invalid("platforms: expected at least one platform, or leave the field out");
  const seen = new Map<string, string>();
  return asked.map(([text, overrides]) => {
    const platform = readPlatform(text);
    const name = formatPlatform(platform);
    const earlier = seen.get(name);
    if (earlier !== undefined)
      throw invalid(`platforms: ${JSON.stringify(text)} is ${JSON.stringify(earlier)} again`);
    seen.set(name, text);
    const indexOnly = Object.keys(overrides.annotations ?? {}).find((key) => key.startsWith("index:"));
    if (indexOnly !== undefined) {
      const at = `platforms[${JSON.stringify(text)}].annotations`;
      throw invalid(
        `${at}: ${JSON.stringify(indexOnly)} is of the index, all platforms' own: move it to the request`,
      );
    }
    return expanded(platform, override(request, overrides));
  });
}

function readPlatform(text: string): Platform {
  try {
    return parsePlatform(text);
  } catch (error) {
    throw during("platforms", error);
  }
}

function override(request: BuildRequest, overrides: PlatformOverrides): ImageFields {
  const merged: Record<string, unknown> = { ...request };
  for (const [field, value] of Object.entries(overrides)) {
    if (value === undefined) continue;
    const base = merged[field];
    merged[field] = mergedFields.has(field)
      ? { ...(base as object | undefined), ...(value as object) }
      : value;
  }
  return merged;
}

const mergedFields: ReadonlySet<string> = new Set([
  "env",
  "labels",
  "annotations",
  "files",
] satisfies (keyof ImageFields)[]);

function expanded(platform: Platform, fields: ImageFields): PlatformRequest {
  const variables = platformVariables(platform);
  const expand = (text: string, where: string) => interpolate(text, variables, where);
  const { base, env, labels, files, layers } = fields;
  return {
    platform,
    fields: {
      ...fields,
      base: base === undefined ? undefined : expand(base, "base"),
      env: env === undefined ? undefined : expandValues(env, "env", expand),
      labels: labels === undefined ? undefined : expandValues(labels, "labels", expand),
      files: files === undefined ? undefined : expandSources(files, "files", expand),
      layers: layers?.map((layer, index) => expandLayer(layer, `layers[${index}].files`, expand)),
    },
  };
}

type Expand = (text: string, where: string) => string;

function expandValues(
  values: Readonly<Record<string, string>>,
  where: string,
  expand: Expand,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, expand(value, `${where}.${key}`)]),
  );
}

function expandLayer(layer: LayerSpec, where: string, expand: Expand): LayerSpec {
  return { ...layer, files: expandSources(layer.files, where, expand) };
}

function expandSources(files: Files, where: string, expand: Expand): Files {
  const expandSource = (destination: string, file: string | FileSpec): string | FileSpec => {
    const at = `${where}[${JSON.stringify(destination)}]`;
    if (typeof file === "string") return expand(file, at);
    return file.source === undefined ? file : { ...file, source: expand(file.source, `${at}.source`) };
  };
  return Object.fromEntries(
    Object.entries(files).map(([destination, file]) => [destination, expandSource(destination, file)]),
  );
}

function invalid(message: string): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_INVALID", message);
}

import { resolve } from "node:path";
import { formatPlatform, parsePlatform } from "../../index.js";
import type { BuildRequest, Files, ImageFields, LayerSpec, PlatformOverrides } from "../../index.js";

type Overrides = Readonly<Record<string, PlatformOverrides>>;

const records = ["env", "labels", "annotations"] as const;

/**
 * A spec's request with the flags over it: records are merged by key, layers come after the spec's, any other field is
 * replaced; what a flag says holds for every platform, whatever the spec has for that platform alone.
 */
export function applyOver(request: BuildRequest, flags: BuildRequest, root: string): BuildRequest {
  const added = flags.layers?.map((layer) => inContext(layer, request, root)) ?? [];
  const platforms = choosePlatforms(request.platforms, flags.platforms as readonly string[] | undefined);
  const perPlatform = isMap(platforms) ? Object.values(platforms) : [];
  return {
    ...request,
    ...flags,
    ...mergeRecords(request, flags),
    ...(added.length === 0 ? {} : addLayers(request, added, perPlatform)),
    ...(platforms === undefined
      ? {}
      : { platforms: isMap(platforms) ? overAll(platforms, flags, added) : platforms }),
  };
}

function mergeRecords(under: ImageFields, over: ImageFields): ImageFields {
  const merged = records.flatMap((key) =>
    over[key] === undefined ? [] : [[key, { ...under[key], ...over[key] }]],
  );
  return Object.fromEntries(merged) as ImageFields;
}

/** Added files come last, so that they win: `files`, which is a layer after all others, becomes one before them. */
function addLayers(
  { layers = [], files }: BuildRequest,
  added: readonly LayerSpec[],
  perPlatform: readonly PlatformOverrides[],
): Pick<BuildRequest, "layers" | "files"> {
  // Files that differ between platforms are merged by key, which layers are not.
  if (files === undefined || perPlatform.some((one) => one.files !== undefined))
    return { layers: [...layers, ...added] };
  return { layers: [...layers, { files }, ...added], files: undefined };
}

function overAll(platforms: Overrides, flags: BuildRequest, added: readonly LayerSpec[]): Overrides {
  return Object.fromEntries(
    Object.entries(platforms).map(([name, one]) => [name, overOne(one, flags, added)]),
  );
}

function overOne(
  override: PlatformOverrides,
  flags: BuildRequest,
  added: readonly LayerSpec[],
): PlatformOverrides {
  const kept = Object.entries(override).filter(([key]) => flags[key as keyof BuildRequest] === undefined);
  const merged = Object.entries(mergeRecords(override, flags)).filter(
    ([key]) => override[key as keyof ImageFields] !== undefined,
  );
  const layers = override.layers === undefined ? {} : { layers: [...override.layers, ...added] };
  return { ...Object.fromEntries([...kept, ...merged]), ...layers };
}

/** The platforms that the flag names, each with the overrides that the spec has for it under any spelling. */
function choosePlatforms(
  spec: BuildRequest["platforms"],
  wanted: readonly string[] | undefined,
): BuildRequest["platforms"] {
  if (wanted === undefined) return spec;
  if (!isMap(spec)) return wanted;
  const overrides = new Map(Object.entries(spec).map(([name, one]) => [canonical(name), one]));
  return Object.fromEntries(wanted.map((name) => [name, overrides.get(canonical(name)) ?? {}]));
}

function isMap(platforms: BuildRequest["platforms"]): platforms is Overrides {
  return platforms !== undefined && !Array.isArray(platforms);
}

function canonical(platform: string): string {
  return formatPlatform(parsePlatform(platform));
}

/** `--add` means the context folder; where the spec's files start elsewhere its sources are made absolute. */
function inContext(layer: LayerSpec, { filesBase }: BuildRequest, root: string): LayerSpec {
  if (filesBase === undefined || resolve(filesBase) === root) return layer;
  // The folder's own name is no place for variables.
  const absolute = (source: string) =>
    resolve(root, source).replace(root, () => root.replaceAll("$", "$$$$"));
  const files: Files = Object.fromEntries(
    Object.entries(layer.files).map(([destination, file]) => {
      if (typeof file === "string") return [destination, absolute(file)];
      return [destination, file.source === undefined ? file : { ...file, source: absolute(file.source) }];
    }),
  );
  return { ...layer, files };
}

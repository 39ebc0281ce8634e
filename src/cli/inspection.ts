import type { Inspection, InspectedLayer, Platform } from "../index.js";
import { counted, formatBytes, printable } from "./text.js";

/** A tree for reading: the index, its images, of each the configuration and the layers with their sizes. */
export function formatInspection(root: Inspection): string {
  const lines = [...(root.name === undefined ? [] : [root.name]), ...describe(root)];
  return lines.map((line) => `${printable(line).replaceAll("\n", "?")}\n`).join("");
}

/** The same as data: the manifest parsed instead of its bytes. */
export function inspectionJson({ bytes, manifests, ...rest }: Inspection): Readonly<Record<string, unknown>> {
  const manifest: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
  return {
    ...rest,
    manifest,
    ...(manifests === undefined ? {} : { manifests: manifests.map(inspectionJson) }),
  };
}

function describe(node: Inspection): readonly string[] {
  const { kind, descriptor, annotations = {}, manifests = [] } = node;
  const lines = [
    `${titleOf(node)}  ${descriptor.digest}  ${summaryOf(node)}`,
    ...indent(
      Object.entries(annotations).map(([name, value]) => `${"annotation".padEnd(11)} ${name}=${value}`),
    ),
  ];
  if (kind === "image") return [...lines, ...indent(configurationOf(node)), ...indent(layersOf(node))];
  return [...lines, ...manifests.flatMap((child) => ["", ...indent(describe(child))])];
}

function titleOf({ kind, platform, descriptor }: Inspection): string {
  if (kind === "image") return `image ${platformText(platform)}`;
  return kind === "index" ? "index" : `artifact ${descriptor.artifactType ?? descriptor.mediaType}`;
}

function summaryOf({ kind, descriptor, layers = [], manifests = [] }: Inspection): string {
  const family = descriptor.mediaType.startsWith("application/vnd.docker.") ? "docker" : "oci";
  if (kind === "index") return `${counted(manifests.length, "manifest")}, ${family}`;
  const size = layers.reduce((sum, layer) => sum + layer.size, 0);
  return kind === "image"
    ? `${counted(layers.length, "layer")}, ${formatBytes(size)}, ${family}`
    : formatBytes(descriptor.size);
}

function configurationOf({ config }: Inspection): readonly string[] {
  const { User, WorkingDir, Entrypoint, Cmd, Env, ExposedPorts, Volumes, Labels, StopSignal } =
    config?.config ?? {};
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["created", config?.created],
    ["user", User],
    ["workdir", WorkingDir],
    ["entrypoint", Entrypoint ? JSON.stringify(Entrypoint) : undefined],
    ["cmd", Cmd ? JSON.stringify(Cmd) : undefined],
    ["ports", joined(ExposedPorts)],
    ["volumes", joined(Volumes)],
    ["stop signal", StopSignal],
    ...(Env ?? []).map((entry) => ["env", entry] as const),
    ...Object.entries(Labels ?? {}).map(([name, value]) => ["label", `${name}=${value}`] as const),
  ];
  return fields.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [`${name.padEnd(11)} ${value}`],
  );
}

/** Layers in order, the lowest first, each with what made it where the history tells. */
function layersOf({ layers = [], config }: Inspection): readonly string[] {
  const made = (config?.history ?? []).filter((entry) => entry.empty_layer !== true);
  return layers.map((layer, number) => {
    const by = made.length === layers.length ? made[number]?.created_by : undefined;
    const size = formatBytes(layer.size).padStart(7);
    return `layer ${layer.digest}  ${size}  ${packingOf(layer)}${by === undefined ? "" : `  ${by}`}`;
  });
}

function packingOf({ mediaType }: InspectedLayer): string {
  if (mediaType.includes("zstd")) return "zstd";
  return mediaType.includes("gzip") ? "gzip" : "tar ";
}

function platformText(platform: Platform | undefined): string {
  if (platform === undefined) return "of no platform";
  return [platform.os, platform.architecture, platform.variant]
    .filter((part) => part !== undefined)
    .join("/");
}

function joined(set: Readonly<Record<string, object>> | undefined | null): string | undefined {
  return set ? Object.keys(set).join(", ") : undefined;
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}

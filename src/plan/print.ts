import type { BuildPlan, Entry, ImagePlan, LayerPlan, PinnedBase } from "./plan.js";
import { formatPlatform } from "../model/platform.js";

/**
 * A plan as a tree that JSON can write, for `--print`: everything that decides the image, nothing of the machine but
 * sources.
 */
export function formatPlan(plan: BuildPlan): unknown {
  const { name, tags, index, indexAnnotations, images } = plan;
  return {
    name,
    tags,
    index,
    ...unlessEmpty("indexAnnotations", indexAnnotations),
    images: images.map(formatImage),
  };
}

function formatImage({ platform, base, layers, config, history, annotations }: ImagePlan): unknown {
  return {
    platform: formatPlatform(platform),
    base: base === undefined ? "scratch" : formatBase(base),
    layers: layers.map(formatLayer),
    config: { created: config.created, ...config.config },
    changes: history.filter(({ layer }) => !layer).map(({ createdBy }) => createdBy),
    ...unlessEmpty("annotations", annotations),
  };
}

function formatBase({ name, reference, image }: PinnedBase): unknown {
  const { digest } = image.descriptor;
  return { name, ...(reference === undefined ? {} : { reference }), digest, layers: image.layers.length };
}

function formatLayer({ createdBy, entries }: LayerPlan): unknown {
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  return { createdBy, size, entries: entries.map(formatEntry) };
}

function formatEntry({
  path,
  type,
  mode,
  uid,
  gid,
  mtime,
  size,
  linkTarget,
  bytes,
  device,
  xattrs,
}: Entry): unknown {
  return {
    path: `/${path}`,
    type,
    mode: mode.toString(8).padStart(4, "0"),
    owner: `${uid}:${gid}`,
    ...(mtime === 0 ? {} : { mtime }),
    ...(type === "file" ? { size } : {}),
    ...(linkTarget === undefined ? {} : { linkTarget }),
    ...(device === undefined ? {} : { device: `${device.major}:${device.minor}` }),
    ...(xattrs === undefined ? {} : { xattrs: Object.keys(xattrs) }),
    ...(bytes === undefined
      ? {}
      : { source: bytes.type === "file" ? (bytes.origin ?? bytes.path) : "(inline)" }),
  };
}

function unlessEmpty(field: string, values: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.keys(values).length === 0 ? {} : { [field]: values };
}

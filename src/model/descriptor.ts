import { digestOf, algorithmOf, isDigest } from "./digest.js";
import {
  asArray,
  asCount,
  asMap,
  asObject,
  asString,
  inside,
  optional,
  refuseCaseVariants,
  unexpected,
  type At,
} from "./shape.js";
import type { Descriptor, Digest, Platform } from "./oci.js";

const fields = [
  "mediaType",
  "digest",
  "size",
  "platform",
  "annotations",
  "artifactType",
  "urls",
  "data",
] as const;

/**
 * Reads a descriptor (image-spec descriptor.md). Unknown fields are left out, and so is `data` that is not what digest
 * and size say. Throws ERR_GANTRY_MANIFEST_INVALID naming the field.
 */
export function parseDescriptor(value: unknown, what: string): Descriptor {
  return descriptorAt(value, { what, path: "" });
}

/** The same, of a field within a document. */
export function descriptorAt(value: unknown, at: At): Descriptor {
  const object = asObject(value, at);
  refuseCaseVariants(object, fields, at);
  const mediaType = mediaTypeAt(object["mediaType"], inside(at, "mediaType"));
  const digest = digestAt(object["digest"], inside(at, "digest"));
  const size = asCount(object["size"], inside(at, "size"));
  return {
    mediaType,
    digest,
    size,
    ...optionalPlatform(object["platform"], inside(at, "platform")),
    ...optional(object, "annotations", at, (map, place) => asMap(map, place, asString)),
    ...optional(object, "artifactType", at, mediaTypeAt),
    ...optional(object, "urls", at, (list, place) => asArray(list, place, asString)),
    ...trustedData(object["data"], digest, size),
  };
}

/** Media types become HTTP headers, so nothing but printable ASCII gets in. */
export function mediaTypeAt(value: unknown, at: At): string {
  const text = asString(value, at);
  if (!/^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(text)) throw unexpected(at, text, "a media type");
  return text;
}

export function digestAt(value: unknown, at: At): Digest {
  if (typeof value !== "string" || !isDigest(value)) {
    throw unexpected(at, value, '"sha256:" and 64, or "sha512:" and 128, lower-case hex digits');
  }
  return value;
}

/** A platform that does not say both system and architecture says nothing. */
function optionalPlatform(value: unknown, at: At): { readonly platform?: Platform } {
  if (value === undefined || value === null) return {};
  const object = asObject(value, at);
  refuseCaseVariants(object, ["os", "architecture", "variant", "os.version", "os.features"], at);
  const { os = "", architecture = "" } = {
    ...optional(object, "os", at, asString),
    ...optional(object, "architecture", at, asString),
  };
  if (os === "" || architecture === "") return {};
  return { platform: { os, architecture, ...platformDetails(object, at) } };
}

/** What a platform and an image configuration say beyond system and architecture; empty text says nothing. */
export function platformDetails(
  object: Readonly<Record<string, unknown>>,
  at: At,
): Omit<Platform, "os" | "architecture"> {
  const { variant = "" } = optional(object, "variant", at, asString);
  const { "os.version": version = "" } = optional(object, "os.version", at, asString);
  const { "os.features": features = [] } = optional(object, "os.features", at, (list, place) =>
    asArray(list, place, asString),
  );
  return {
    ...(variant === "" ? {} : { variant }),
    ...(version === "" ? {} : { "os.version": version }),
    ...(features.length === 0 ? {} : { "os.features": features }),
  };
}

function trustedData(value: unknown, digest: Digest, size: number): { readonly data?: string } {
  if (typeof value !== "string" || value.length > size * 2 + 4) return {};
  const bytes = Buffer.from(value, "base64");
  return bytes.length === size && digestOf(bytes, algorithmOf(digest)) === digest ? { data: value } : {};
}

import { GantryError } from "../errors.js";
import { descriptorAt, mediaTypeAt } from "./descriptor.js";
import { parseJson } from "./json.js";
import { mediaTypes, type Descriptor, type IndexDocument, type ManifestDocument } from "./oci.js";
import { quote } from "./quote.js";
import {
  asArray,
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

export { parseDescriptor } from "./descriptor.js";
export { checkConfig, configLimit, parseConfig } from "./config.js";

/** The largest manifest that is read, in bytes (distribution-spec, "Pushing Manifests", asks for at least this). */
export const manifestLimit: number = 4 * 1024 * 1024;
/** The most layers of a manifest. */
export const layerLimit = 1024;
/** The most entries of an index. */
export const indexLimit = 1000;
/** The deepest index within index within index. */
export const indexDepthLimit = 3;

/** A manifest, read and checked. "artifact": no image (an SBOM, an attestation, a chart), only to be copied. */
export type ParsedManifest =
  | { readonly kind: "image"; readonly mediaType: string; readonly document: ManifestDocument }
  | { readonly kind: "artifact"; readonly mediaType: string; readonly document: ManifestDocument }
  | { readonly kind: "index"; readonly mediaType: string; readonly document: IndexDocument };

const fields = [
  "schemaVersion",
  "mediaType",
  "artifactType",
  "config",
  "layers",
  "manifests",
  "subject",
  "annotations",
  "fsLayers",
  "signatures",
];
const manifestTypes: ReadonlySet<string> = new Set([mediaTypes.manifest, mediaTypes.dockerManifest]);
const indexTypes: ReadonlySet<string> = new Set([mediaTypes.index, mediaTypes.dockerList]);
const schema1Types: ReadonlySet<string> = new Set([mediaTypes.dockerSchema1, mediaTypes.dockerSchema1Signed]);
/** What servers send that do not know what they serve. */
const vagueTypes: ReadonlySet<string> = new Set([
  "",
  "application/json",
  "application/octet-stream",
  "text/plain",
]);

/**
 * Reads an image manifest or index of OCI or Docker (image-spec manifest.md, image-index.md). `contentType` is what the
 * server or the descriptor called it. The document must say unambiguously what it is: a mediaType inside must equal a
 * content type outside, and nothing is manifest and index at once. Throws ERR_GANTRY_MANIFEST_INVALID naming the field,
 * ERR_GANTRY_LIMIT above 4 MiB, 1024 layers or 1000 entries. Unknown fields are ignored.
 */
export function parseManifest(
  bytes: Uint8Array,
  contentType: string | undefined,
  what: string,
): ParsedManifest {
  if (bytes.length > manifestLimit) throw tooMuch(what, `has ${bytes.length} bytes`, manifestLimit);
  const at: At = { what, path: "" };
  const object = asObject(parseJson(bytes, what), at);
  refuseSchema1(object, contentType, what);
  refuseCaseVariants(object, fields, at);
  refuseBoth(object, what);
  const mediaType = typeOf(object, contentType, at);
  if (object["schemaVersion"] !== 2)
    throw unexpected(inside(at, "schemaVersion"), object["schemaVersion"], "2");
  if (indexTypes.has(mediaType)) return { kind: "index", mediaType, document: indexAt(object, at) };
  const document = manifestAt(object, at);
  return { kind: isImage(document) ? "image" : "artifact", mediaType, document };
}

function refuseSchema1(object: JsonObject, contentType: string | undefined, what: string): void {
  const type = object["mediaType"] ?? essence(contentType);
  const isSchema1 = (typeof type === "string" && schema1Types.has(type)) || object["schemaVersion"] === 1;
  if (!isSchema1) return;
  throw new GantryError(
    "ERR_GANTRY_MANIFEST_INVALID",
    `${what} is a Docker schema 1 manifest: schema1 is unsupported, push the image again with a current tool`,
  );
}

function refuseBoth(object: JsonObject, what: string): void {
  const other = ["layers", "config", "fsLayers"].find((key) => key in object);
  if (!("manifests" in object) || other === undefined) return;
  throw new GantryError(
    "ERR_GANTRY_MANIFEST_INVALID",
    `${what} is ambiguous: it has both "manifests" and "${other}", so it is an index and a manifest at once`,
  );
}

function typeOf(object: JsonObject, contentType: string | undefined, at: At): string {
  const outside = essence(contentType);
  const inner = optional(object, "mediaType", at, mediaTypeAt).mediaType;
  if (inner !== undefined && outside !== undefined && inner !== outside) {
    throw new GantryError(
      "ERR_GANTRY_MANIFEST_INVALID",
      `${at.what} is ambiguous: its "mediaType" is ${quote(inner)}, but it came as ${quote(outside)}`,
    );
  }
  const guess = "manifests" in object ? mediaTypes.index : mediaTypes.manifest;
  const type = inner ?? outside ?? guess;
  if (!manifestTypes.has(type) && !indexTypes.has(type)) {
    throw unexpected(inside(at, "mediaType"), type, "an image manifest or index of OCI or Docker (schema 2)");
  }
  return type;
}

/** A content type without its parameters; undefined where it says nothing. */
function essence(contentType: string | undefined): string | undefined {
  const type = (contentType ?? "").split(";", 1)[0]!.trim().toLowerCase();
  return vagueTypes.has(type) ? undefined : type;
}

function manifestAt(object: JsonObject, at: At): ManifestDocument {
  const layersAt = inside(at, "layers");
  refuseMore(object["layers"], layersAt, layerLimit);
  return {
    schemaVersion: 2,
    ...common(object, at),
    config: descriptorAt(object["config"], inside(at, "config")),
    layers: asArray(object["layers"], layersAt, descriptorAt),
  };
}

function indexAt(object: JsonObject, at: At): IndexDocument {
  const manifestsAt = inside(at, "manifests");
  refuseMore(object["manifests"], manifestsAt, indexLimit);
  return {
    schemaVersion: 2,
    ...common(object, at),
    manifests: asArray(object["manifests"], manifestsAt, descriptorAt),
  };
}

interface Common {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

function common(object: JsonObject, at: At): Common {
  return {
    ...optional(object, "mediaType", at, mediaTypeAt),
    ...optional(object, "artifactType", at, mediaTypeAt),
    ...optional(object, "subject", at, descriptorAt),
    ...optional(object, "annotations", at, (map, place) => asMap(map, place, asString)),
  };
}

function refuseMore(list: unknown, { what, path }: At, limit: number): void {
  if (Array.isArray(list) && list.length > limit) throw tooMuch(what, `has ${list.length} ${path}`, limit);
}

function tooMuch(what: string, problem: string, limit: number): GantryError {
  return new GantryError("ERR_GANTRY_LIMIT", `${what} ${problem}, the most are ${limit}`);
}

/** BuildKit's attestations have an image's configuration, but layers that are no file systems. */
function isImage({ config, layers }: ManifestDocument): boolean {
  if (config.mediaType !== mediaTypes.config && config.mediaType !== mediaTypes.dockerConfig) return false;
  return layers.every(({ mediaType }) =>
    /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./.test(mediaType),
  );
}

import { isDigest } from "../model/digest.js";
import type { Digest } from "../model/oci.js";
import type { ManifestRecord } from "./catalog.js";
import { Fault } from "./fault.js";

/** What a registry keeps of a manifest, and what the manifest says must be there. */
export interface ManifestFacts {
  readonly record: ManifestRecord;
  /** Config and layers, but for layers that are distributed elsewhere. */
  readonly blobs: readonly Digest[];
  /** Of an index. */
  readonly manifests: readonly Digest[];
}

/**
 * Reads only what the registry itself needs, so that types and fields it has never heard of pass. Throws
 * MANIFEST_INVALID for what is not a JSON object, says another media type than the request, or has a broken subject.
 */
export function readManifestFacts(bytes: Uint8Array, contentType: string | undefined): ManifestFacts {
  const document = parseObject(bytes);
  const mediaType = mediaTypeOf(document, contentType);
  const config = isObject(document.config) ? document.config : undefined;
  const layers = listOf(document.layers).filter(
    (layer) => !/nondistributable|foreign/.test(String(layer.mediaType)),
  );
  return {
    record: {
      mediaType,
      size: bytes.length,
      subject: subjectOf(document),
      artifactType: textOf(document.artifactType) ?? textOf(config?.mediaType),
      annotations: isObject(document.annotations)
        ? (document.annotations as Record<string, string>)
        : undefined,
    },
    blobs: digestsOf(config === undefined ? layers : [config, ...layers]),
    manifests: digestsOf(listOf(document.manifests)),
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(bytes: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Fault("MANIFEST_INVALID", `the manifest is not JSON: ${(error as Error).message}`);
  }
  if (isObject(value)) return value;
  throw new Fault("MANIFEST_INVALID", "the manifest is not a JSON object");
}

function mediaTypeOf(document: JsonObject, contentType: string | undefined): string {
  const declared = contentType?.split(";", 1)[0]!.trim();
  const written = textOf(document.mediaType);
  if (declared && written && declared !== written) {
    throw new Fault(
      "MANIFEST_INVALID",
      `the manifest's mediaType is ${written}, the request's Content-Type ${declared}`,
    );
  }
  const mediaType = declared || written;
  if (mediaType) return mediaType;
  throw new Fault("MANIFEST_INVALID", "expected a Content-Type, or a mediaType in the manifest");
}

function subjectOf(document: JsonObject): Digest | undefined {
  if (document.subject === undefined || document.subject === null) return undefined;
  const digest = isObject(document.subject) ? textOf(document.subject.digest) : undefined;
  if (digest !== undefined && isDigest(digest)) return digest;
  throw new Fault("MANIFEST_INVALID", "the manifest's subject has no valid digest");
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function digestsOf(descriptors: readonly JsonObject[]): Digest[] {
  return descriptors.map(({ digest }) => textOf(digest) ?? "").filter(isDigest);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { GantryError } from "../../errors.js";
import type { HttpRequest } from "../../http/send.js";
import type { Manifest } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import { parseManifest } from "../../model/manifest.js";
import { mediaTypes } from "../../model/oci.js";
import { isPassingStatus } from "../../http/retry.js";
import { largestManifest, notRegistry, pullScopes, pushScopes, type RegistryHost } from "./host.js";
import { noteReferrer, type Referral } from "./referrers.js";

const readable: readonly string[] = [
  mediaTypes.index,
  mediaTypes.manifest,
  mediaTypes.dockerList,
  mediaTypes.dockerManifest,
];

/** Whether a descriptor names a manifest, which registries keep apart from blobs. */
export function isManifestType(mediaType: string): boolean {
  return (
    readable.includes(mediaType) ||
    mediaType === mediaTypes.dockerSchema1 ||
    mediaType === mediaTypes.dockerSchema1Signed
  );
}

/** The manifest under a tag or digest, not yet verified. Throws ERR_GANTRY_NOT_FOUND where there is none. */
export async function getManifest(
  host: RegistryHost,
  { repository, reference }: { readonly repository: string; readonly reference: string },
  io: IoOptions,
): Promise<{ readonly bytes: Uint8Array; readonly contentType: string | undefined }> {
  // All types are offered: some registries convert to an old one otherwise.
  const headers = { accept: [...readable, "*/*;q=0.1"].join(", ") };
  const url = host.at(`${repository}/manifests/${reference}`);
  const request: HttpRequest = {
    method: "GET",
    url,
    headers,
    lane: "control",
    scopes: pullScopes(repository),
    ...io,
  };
  const reply = await host.call(request);
  if (reply.status !== 200) throw await host.refusal(reply, request);
  if (reply.bytes.length > largestManifest) {
    throw new GantryError(
      "ERR_GANTRY_LIMIT",
      `the manifest ${host.registry}/${repository} ${reference} is larger than ${largestManifest} bytes`,
    );
  }
  return { bytes: reply.bytes, contentType: reply.headers["content-type"] };
}

/** Whether the repository has exactly this manifest, and so everything below it. */
export async function hasManifest(
  host: RegistryHost,
  repository: string,
  { manifest: { descriptor }, ...io }: IoOptions & { readonly manifest: Manifest },
): Promise<boolean> {
  const url = host.at(`${repository}/manifests/${descriptor.digest}`);
  const request: HttpRequest = {
    method: "HEAD",
    url,
    headers: { accept: descriptor.mediaType },
    lane: "control",
    scopes: pushScopes(repository),
    ...io,
  };
  const reply = await host.call(request);
  if (reply.status === 200) {
    const { "docker-content-digest": digest, "content-type": type } = reply.headers;
    return digest === undefined
      ? type?.split(";")[0]?.trim() === descriptor.mediaType
      : digest === descriptor.digest;
  }
  if (reply.status === 401 || isPassingStatus(reply.status)) throw await host.refusal(reply, request);
  return false;
}

/** Puts a manifest under a tag or its digest and makes sure that the registry kept these bytes. */
export async function putManifest(
  host: RegistryHost,
  {
    repository,
    reference: name,
    manifest,
  }: { readonly repository: string; readonly reference: string; readonly manifest: Manifest },
  io: IoOptions,
): Promise<void> {
  const { bytes, descriptor } = manifest;
  const request: HttpRequest = {
    method: "PUT",
    url: host.at(`${repository}/manifests/${name}`),
    headers: { "content-type": descriptor.mediaType },
    body: {
      size: bytes.length,
      replayable: true,
      open: async function* () {
        yield bytes;
      },
    },
    lane: "control",
    scopes: pushScopes(repository),
    ...io,
  };
  const reply = await host.call(request);
  if (reply.status < 200 || reply.status >= 300) throw await host.refusal(reply, request);
  const kept = reply.headers["docker-content-digest"];
  const where = `${host.registry}/${repository}`;
  if (kept !== undefined && kept !== descriptor.digest) {
    throw new GantryError(
      "ERR_GANTRY_CONTENT_MISMATCH",
      `${where} stored different content: it was sent ${descriptor.digest} and answers with another digest`,
    );
  }
  if (kept === undefined && !(await hasManifest(host, repository, { manifest, ...io }))) {
    throw notRegistry(host, `${where} took the manifest ${descriptor.digest} and does not have it`);
  }
  // A registry that lists referrers by itself says so with the subject's digest.
  const referral = reply.headers["oci-subject"] === undefined ? referrerOf(manifest) : undefined;
  if (referral !== undefined) await noteReferrer(host, { repository, ...referral }, io);
}

/** Whom a manifest refers to, and how it is listed there (distribution-spec spec.md, "Pushing Manifests with Subject"). */
function referrerOf({ bytes, descriptor }: Manifest): Referral | undefined {
  const { kind, document } = parseManifest(bytes, descriptor.mediaType, `manifest ${descriptor.digest}`);
  if (document.subject === undefined) return undefined;
  const artifactType = document.artifactType ?? (kind === "index" ? undefined : document.config.mediaType);
  const { mediaType, digest, size } = descriptor;
  const { annotations } = document;
  return {
    subject: document.subject.digest,
    referrer: {
      mediaType,
      digest,
      size,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

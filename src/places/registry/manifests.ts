import { GantryError } from "../../errors.js";
import type { Reply } from "../../http/errors.js";
import type { HttpRequest } from "../../http/send.js";
import type { Manifest } from "../../model/content.js";
import { algorithmOf, digestOf } from "../../model/digest.js";
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
  { manifest, ...io }: IoOptions & { readonly manifest: Manifest },
): Promise<boolean> {
  const { request, reply, has } = await askForManifest(host, { repository, manifest }, io);
  if (reply.status === 401 || isPassingStatus(reply.status)) throw await host.refusal(reply, request);
  return has;
}

/**
 * Whether a tag names exactly this manifest now. Only the digest in the answer tells, since no URL could be its echo: a
 * registry that leaves it out counts as one whose tag names something else.
 */
export async function isTagged(
  host: RegistryHost,
  {
    repository,
    tag,
    manifest,
  }: { readonly repository: string; readonly tag: string; readonly manifest: Pick<Manifest, "descriptor"> },
  io: IoOptions,
): Promise<boolean> {
  const { digest } = manifest.descriptor;
  const request = question(host, { repository, reference: tag, manifest }, io);
  const reply = await host.call(request);
  if (reply.status === 401 || isPassingStatus(reply.status)) throw await host.refusal(reply, request);
  return reply.status === 200 && reply.headers["docker-content-digest"] === digest;
}

/** Asks by HEAD, and by GET where that is not allowed or says nothing; the bytes of a GET are compared themselves. */
async function askForManifest(
  host: RegistryHost,
  { repository, manifest }: { readonly repository: string; readonly manifest: Pick<Manifest, "descriptor"> },
  io: IoOptions,
): Promise<{ readonly request: HttpRequest; readonly reply: Reply; readonly has: boolean }> {
  const { digest, mediaType } = manifest.descriptor;
  const request = question(host, { repository, reference: digest, manifest }, io);
  const brief = await host.call(request);
  const { "docker-content-digest": named, "content-type": type } = brief.headers;
  const mute = brief.status === 200 && named === undefined && type === undefined;
  if (brief.status !== 405 && !mute) {
    const same = named === undefined ? type?.split(";")[0]?.trim() === mediaType : named === digest;
    return { request, reply: brief, has: brief.status === 200 && same };
  }
  const reply = await host.call({ ...request, method: "GET" });
  const same = reply.status === 200 && digestOf(reply.bytes, algorithmOf(digest)) === digest;
  return { request, reply, has: same };
}

/** A HEAD for what a tag or digest stands for, by whoever is about to push. */
function question(
  host: RegistryHost,
  {
    repository,
    reference,
    manifest,
  }: {
    readonly repository: string;
    readonly reference: string;
    readonly manifest: Pick<Manifest, "descriptor">;
  },
  io: IoOptions,
): HttpRequest {
  return {
    method: "HEAD",
    url: host.at(`${repository}/manifests/${reference}`),
    headers: { accept: manifest.descriptor.mediaType },
    lane: "control",
    scopes: pushScopes(repository),
    ...io,
  };
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
  // Under a tag the registry's digest is proof; in the answer to one by digest it may be an echo of the URL.
  if (kept === undefined || name === descriptor.digest) {
    await assertKept(host, { repository, manifest, named: kept !== undefined }, io);
  }
  // A registry that lists referrers by itself says so with the subject's digest.
  const referral = reply.headers["oci-subject"] === undefined ? referrerOf(manifest) : undefined;
  if (referral !== undefined) await noteReferrer(host, { repository, ...referral }, io);
}

/**
 * Throws where the registry does not have a manifest that it just took; one that answers for several may need a moment.
 * One that `named` the digest and does not let us ask is believed.
 */
async function assertKept(
  host: RegistryHost,
  {
    repository,
    manifest,
    named,
  }: { readonly repository: string; readonly manifest: Manifest; readonly named: boolean },
  io: IoOptions,
): Promise<void> {
  for (let asked = 1; ; asked++) {
    const { request, reply, has } = await askForManifest(host, { repository, manifest }, io);
    if (has || (named && reply.status !== 404 && reply.status !== 200)) return;
    if (reply.status === 401 || isPassingStatus(reply.status)) throw await host.refusal(reply, request);
    if (asked === host.backoff.attempts) {
      const where = `${host.registry}/${repository}`;
      throw notRegistry(
        host,
        `${where} took the manifest ${manifest.descriptor.digest} and does not have it`,
      );
    }
    await host.backoff.pause(asked, { signal: io.signal });
  }
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

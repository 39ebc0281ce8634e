import { GantryError, suggest } from "../../errors.js";
import { createHasher, digestOf } from "../../model/digest.js";
import { checkConfig, parseConfig } from "../../model/manifest.js";
import { parseJson } from "../../model/json.js";
import { mediaTypes, type Descriptor, type Digest, type ManifestDocument } from "../../model/oci.js";
import type { IoOptions } from "../../model/events.js";
import type { Source } from "../../model/place.js";
import { archiveLabel, readIndexFile } from "../archive/archive.js";
import { blobPath } from "../archive/members.js";
import { indexTar, type TarIndex } from "../archive/tar-index.js";
import { normalise } from "../layout/index-file.js";
import { readBlob } from "../read-blob.js";
import type { DockerManifestItem } from "./write.js";

/** Where the blobs of an archive's image are: in a member, or made here. */
type Blob = { readonly member: string } | { readonly bytes: Uint8Array };

/**
 * What `docker save` wrote. An archive that holds the image's own OCI manifest gives that one, digest and all; for older
 * ones a manifest is made, the same for the same archive: layers that are packed are read once to learn their digest.
 * Throws as `indexTar` does, and ERR_GANTRY_MANIFEST_INVALID.
 */
export async function readDockerArchive(file: string): Promise<Source> {
  const tar = await indexTar(file);
  const label = archiveLabel("docker-archive", file);
  const items = parseItems(await tar.readSmall("manifest.json"), file);
  const blobs = new Map<Digest, Blob>();
  return {
    label,
    async resolve(name, io) {
      const item = findItem(items, name, label);
      return (await ownManifest(tar, item, blobs)) ?? (await madeManifest(tar, item, { blobs, io }));
    },
    read: (descriptor, open) =>
      readBlob(descriptor, { label, open, from: (range) => openBlob(tar, blobs, descriptor.digest, range) }),
  };
}

async function* openBlob(
  tar: TarIndex,
  blobs: ReadonlyMap<Digest, Blob>,
  digest: Digest,
  range: { readonly start: number; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  const blob = blobs.get(digest) ?? { member: blobPath(digest) };
  if ("bytes" in blob) yield blob.bytes.subarray(range.start);
  else yield* tar.read(blob.member, range);
}

function parseItems(bytes: Uint8Array | undefined, file: string): readonly DockerManifestItem[] {
  if (bytes === undefined) {
    throw new GantryError("ERR_GANTRY_NOT_FOUND", `${file} is not a docker archive: it has no manifest.json`);
  }
  const value = parseJson(bytes, `manifest.json of ${file}`);
  if (Array.isArray(value) && value.every(isItem)) return value;
  throw new GantryError(
    "ERR_GANTRY_MANIFEST_INVALID",
    `manifest.json of ${file}: expected a list of Config, RepoTags, Layers`,
  );
}

function isItem(value: unknown): value is DockerManifestItem {
  const { Config, RepoTags, Layers } = (value ?? {}) as Record<string, unknown>;
  return typeof Config === "string" && areStrings(Layers) && (RepoTags == null || areStrings(RepoTags));
}

function areStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function findItem(
  items: readonly DockerManifestItem[],
  name: string | undefined,
  label: string,
): DockerManifestItem {
  const wanted = name === undefined ? undefined : normalise(name);
  const isWanted = (tag: string) => tag === name || normalise(tag) === wanted;
  const found = name === undefined ? items : items.filter(({ RepoTags }) => RepoTags?.some(isWanted));
  if (found.length === 1) return found[0]!;
  const tags = items.flatMap(({ RepoTags }) => RepoTags ?? []);
  const there = `it has ${tags.length === 0 ? `${items.length} without a name` : tags.join(", ")}`;
  const problem =
    name === undefined
      ? "holds several images, or none"
      : `has nothing named "${name}"${suggest(name, tags)}`;
  throw new GantryError("ERR_GANTRY_NOT_FOUND", `${label} ${problem}; ${there}`);
}

/** The OCI manifest in the archive that has the item's config, if every blob of it is there too. */
async function ownManifest(
  tar: TarIndex,
  item: DockerManifestItem,
  blobs: ReadonlyMap<Digest, Blob>,
): Promise<Descriptor | undefined> {
  const index = await readIndexFile(tar);
  for (const entry of index?.manifests ?? []) {
    if (entry.mediaType !== mediaTypes.manifest && entry.mediaType !== mediaTypes.dockerManifest) continue;
    const bytes = await tar.readSmall(blobPath(entry.digest));
    if (bytes === undefined || digestOf(bytes) !== entry.digest) continue;
    const { config, layers } = parseJson(
      bytes,
      `manifest ${entry.digest} of ${tar.file}`,
    ) as Partial<ManifestDocument>;
    const isThere = ({ digest }: Descriptor) => blobs.has(digest) || tar.size(blobPath(digest)) !== undefined;
    if (config === undefined || blobPath(config.digest) !== item.Config || layers?.every(isThere) !== true)
      continue;
    return { mediaType: entry.mediaType, digest: entry.digest, size: entry.size };
  }
  return undefined;
}

async function madeManifest(
  tar: TarIndex,
  item: DockerManifestItem,
  { blobs, io }: { readonly blobs: Map<Digest, Blob>; readonly io: IoOptions | undefined },
): Promise<Descriptor> {
  const what = `config ${item.Config} of ${tar.file}`;
  const configBytes = await tar.readSmall(item.Config);
  if (configBytes === undefined)
    throw new GantryError("ERR_GANTRY_MANIFEST_INVALID", `${what} is not in the archive`);
  const diffIds = parseConfig(configBytes, what).rootfs.diff_ids;
  const config = { mediaType: mediaTypes.config, digest: digestOf(configBytes), size: configBytes.length };
  const layers: Descriptor[] = [];
  for (const [at, member] of item.Layers.entries()) {
    const layer = await describeLayer(tar, member, { diffId: diffIds[at], io });
    blobs.set(layer.digest, { member });
    layers.push(layer);
  }
  const document: ManifestDocument = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers };
  checkConfig(parseConfig(configBytes, what), document);
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = digestOf(bytes);
  blobs.set(config.digest, { member: item.Config }).set(digest, { bytes });
  return { mediaType: mediaTypes.manifest, digest, size: bytes.length };
}

/** A plain tar's digest is its diffID, which reading verifies; a packed one's must be found out. */
async function describeLayer(
  tar: TarIndex,
  member: string,
  { diffId, io }: { readonly diffId: Digest | undefined; readonly io: IoOptions | undefined },
): Promise<Descriptor> {
  const size = tar.size(member);
  if (size === undefined)
    throw new GantryError("ERR_GANTRY_MANIFEST_INVALID", `layer ${member} is not in ${tar.file}`);
  const mediaType = await packing(tar, member);
  if (mediaType === mediaTypes.layerTar && diffId !== undefined) return { mediaType, digest: diffId, size };
  const hasher = createHasher();
  for await (const bytes of tar.read(member, { signal: io?.signal })) hasher.update(bytes);
  return { mediaType, digest: hasher.digest(), size };
}

async function packing(tar: TarIndex, member: string): Promise<string> {
  for await (const bytes of tar.read(member)) {
    const magic = Buffer.from(bytes.subarray(0, 4)).toString("hex");
    if (magic.startsWith("1f8b")) return mediaTypes.layerGzip;
    return magic === "28b52ffd" ? mediaTypes.layerZstd : mediaTypes.layerTar;
  }
  return mediaTypes.layerTar;
}

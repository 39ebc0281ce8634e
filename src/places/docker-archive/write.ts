import { GantryError } from "../../errors.js";
import { parseReference, familiarReference, formatReference } from "../../model/reference.js";
import { formatPlatform } from "../../model/platform.js";
import type { Artifact, Image } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import type { Descriptor } from "../../model/oci.js";
import type { Destination } from "../../model/place.js";
import { archiveLabel, type WriteArchiveOptions } from "../archive/archive.js";
import { blobPath, layoutMembers, smallMember } from "../archive/members.js";
import { stageTar } from "../archive/stage-tar.js";
import { imageName, indexEntry, refName } from "../layout/index-file.js";
import { isForeign } from "../media-types.js";

/**
 * What `docker load` reads, old and new: docker's manifest.json and an OCI image layout over the same blobs, in one tar.
 * Holds one image; an index of several platforms is ERR_GANTRY_UNSUPPORTED. Names are references; a tag that is not
 * given is "latest", a name by digest alone is left out, as docker has no place for it.
 */
export function writeDockerArchive({
  file,
  token,
  label = archiveLabel("docker-archive", file),
}: WriteArchiveOptions): Destination {
  return {
    label,
    async stage(root, names, io) {
      const image = await onlyImage(root, label, io);
      const tags = names.flatMap(tagged);
      const entries = tags.length === 0 ? [indexEntry(image, {})] : tags.map((tag) => namedEntry(image, tag));
      const members = [
        ...(await layoutMembers(image, entries, io)),
        smallMember("manifest.json", manifestJson(image, tags, label)),
      ];
      const published = names.map((name) => ({ name, digest: image.descriptor.digest }));
      return await stageTar(members, { file, label, token, published }, io);
    },
  };
}

/** The image itself, or the one in an index beside attestations. */
async function onlyImage(root: Artifact, label: string, io: IoOptions | undefined): Promise<Image> {
  if (root.kind === "image") return root;
  const children = await root.children(io);
  const images = children.filter((child): child is Image => "kind" in child && child.kind === "image");
  if (images.length === 1) return images[0]!;
  const there = images.map(({ platform }) => formatPlatform(platform)).join(", ");
  throw new GantryError(
    "ERR_GANTRY_UNSUPPORTED",
    images.length === 0
      ? `${label} holds images only, and ${root.descriptor.digest} is none`
      : `${label} holds one platform: choose one of ${there} with --platform`,
  );
}

interface Tag {
  readonly familiar: string;
  readonly full: string;
  readonly tag: string;
}

function tagged(name: string): readonly Tag[] {
  const { registry, repository, tag, digest } = parseReference(name);
  if (tag === undefined && digest !== undefined) return [];
  const reference = { registry, repository, tag: tag ?? "latest" };
  return [{ familiar: familiarReference(reference), full: formatReference(reference), tag: reference.tag }];
}

/** containerd's store takes the image's name from here, and only as a full reference. */
function namedEntry(image: Image, { full, tag }: Tag): Descriptor {
  return indexEntry(image, { [imageName]: full, [refName]: tag });
}

function manifestJson({ configContent, layers }: Image, tags: readonly Tag[], label: string): Uint8Array {
  const foreign = layers.find((layer) => isForeign(layer.descriptor));
  if (foreign !== undefined) {
    const { digest } = foreign.descriptor;
    throw new GantryError(
      "ERR_GANTRY_UNSUPPORTED",
      `${label} cannot leave out a layer, and ${digest} is not distributable`,
    );
  }
  const item: DockerManifestItem = {
    Config: blobPath(configContent.descriptor.digest),
    RepoTags: tags.map(({ familiar }) => familiar),
    Layers: layers.map(({ descriptor }) => blobPath(descriptor.digest)),
  };
  return Buffer.from(JSON.stringify([item]));
}

/** One image of docker's manifest.json: paths in the archive, layers from the base up. */
export interface DockerManifestItem {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

import { listGraph } from "../graph.js";
import type { Artifact, Content } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import type { Descriptor, Digest } from "../../model/oci.js";
import { layoutVersion } from "../layout/layout.js";
import { emptyIndexFile, formatIndexFile } from "../layout/index-file.js";
import type { Member } from "./stage-tar.js";

/** The members of an OCI image layout that holds an artifact, with these entries in its index.json. */
export async function layoutMembers(
  root: Artifact,
  entries: readonly Descriptor[],
  io: IoOptions = {},
): Promise<readonly Member[]> {
  const { blobs, manifests } = await listGraph(root, io);
  const contents = [...blobs, ...manifests];
  const folders = new Set(contents.map(({ descriptor }) => `blobs/${descriptor.digest.slice(0, 6)}`));
  return [
    folder("blobs"),
    ...[...folders].map(folder),
    ...contents.map(blobMember),
    smallMember("index.json", formatIndexFile({ ...emptyIndexFile, manifests: entries })),
    smallMember("oci-layout", layoutVersion),
  ];
}

/** Where a layout keeps a blob (image-spec image-layout.md, "Blobs"). */
export function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/** A member whose bytes are at hand. */
export function smallMember(path: string, bytes: Uint8Array): Member {
  return {
    path,
    type: "file",
    size: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}

function blobMember(content: Content): Member {
  const { digest, size } = content.descriptor;
  return { path: blobPath(digest), type: "file", size, open: (io) => content.open(io) };
}

function folder(path: string): Member {
  return { path, type: "directory", size: 0 };
}

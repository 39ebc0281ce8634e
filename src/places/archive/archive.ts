import { GantryError } from "../../errors.js";
import type { Destination, Source } from "../../model/place.js";
import { findEntry, indexEntry, parseIndexFile, refName, type IndexFile } from "../layout/index-file.js";
import { readBlob } from "../read-blob.js";
import { blobPath, layoutMembers } from "./members.js";
import type { ArchiveFile } from "./output.js";
import { stageTar } from "./stage-tar.js";
import { indexTar, type TarIndex } from "./tar-index.js";

export interface WriteArchiveOptions {
  /** A path, or a stream, which is written at publish and left open. */
  readonly file: ArchiveFile;
  /** A random name for the temporary file. */
  readonly token: () => string;
  /** For messages; "oci-archive:FILE" unless given. */
  readonly label?: string | undefined;
}

/**
 * An OCI image layout as one tar, written in one pass with a memory that does not depend on its size; the same artifact
 * and names give the same bytes. A file that is there is replaced, whole, at publish.
 */
export function writeArchive({
  file,
  token,
  label = archiveLabel("oci-archive", file),
}: WriteArchiveOptions): Destination {
  return {
    label,
    async stage(root, names, io) {
      const named = names.map((name) => indexEntry(root, { [refName]: name }));
      const members = await layoutMembers(root, named.length === 0 ? [indexEntry(root, {})] : named, io);
      const published = names.map((name) => ({ name, digest: root.descriptor.digest }));
      return await stageTar(members, { file, label, token, published }, io);
    },
  };
}

/** The layout in a tar file; its headers are read once, blobs from where they are. Throws as `indexTar` does. */
export async function readArchive(file: string): Promise<Source> {
  const tar = await indexTar(file);
  const index = await readIndexFile(tar);
  if (index === undefined) {
    throw new GantryError("ERR_GANTRY_NOT_FOUND", `${file} is not an OCI archive: it has no index.json`);
  }
  return sourceOf(tar, index, archiveLabel("oci-archive", file));
}

/** The archive's index.json, where it has one. */
export async function readIndexFile(tar: TarIndex): Promise<IndexFile | undefined> {
  const bytes = await tar.readSmall("index.json");
  return bytes === undefined ? undefined : parseIndexFile(bytes, `index.json of ${tar.file}`);
}

/** A layout's blobs in a tar, found by the names of an index. */
export function sourceOf(tar: TarIndex, index: IndexFile, label: string): Source {
  return {
    label,
    resolve: async (name) => findEntry(index, name, label),
    read: (descriptor, open) =>
      readBlob(descriptor, { label, open, from: (range) => tar.read(blobPath(descriptor.digest), range) }),
  };
}

export function archiveLabel(kind: string, file: ArchiveFile): string {
  return typeof file === "string" ? `${kind}:${file}` : "standard output";
}

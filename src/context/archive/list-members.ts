import { posix } from "node:path";
import { decompress } from "../../codec/decompress.js";
import { readTar } from "../../tar/read.js";
import { writeAllOnce, writeOnce } from "../base-tree/write-once.js";
import { readFile } from "./read-file.js";
import type { BlobStore } from "../../blobs/store.js";
import type { IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import type { FileSource } from "../../plan/plan.js";
import type { TarMember } from "../../tar/read.js";
import type { OnceWriter } from "../base-tree/write-once.js";
import type { ArchiveMember } from "../../plan/archive.js";

/** A member, and where its bytes begin in the archive's tar, or in the blob that has them alone: of a sparse file. */
export interface ListedMember extends Omit<ArchiveMember, "bytes"> {
  readonly offset: number;
  readonly content?: Digest;
}

export interface ListMembersOptions extends IoOptions {
  /** In errors. */
  readonly what: string;
  readonly blobs: BlobStore;
  /** Whether the tar is packed: it is then written into the store, where its members can be read from. */
  readonly isPacked: boolean;
}

/**
 * An archive's members, and the blob that has its tar where it was packed. It is read once, to its end, so that what is
 * packed is verified; no more than a list of names and numbers is held. ERR_GANTRY_TAR_INVALID and
 * ERR_GANTRY_CONTENT_MISMATCH name the archive and what is wrong with it; nothing is left of it then.
 */
export async function listMembers(
  source: FileSource,
  { what, blobs, isPacked, ...io }: ListMembersOptions,
): Promise<{ readonly members: readonly ListedMember[]; readonly content: Digest | undefined }> {
  const writer = isPacked ? await writeOnce(blobs) : undefined;
  try {
    // What unpacks to a thousand times its size may well be what its owner packed; nothing of it is held.
    const plain = decompress(readFile(source, io), { what, maxRatio: Number.POSITIVE_INFINITY });
    const tar = writer === undefined ? plain : writtenTo(writer, plain);
    const members: ListedMember[] = [];
    for await (const member of readTar(tar, { what, lenient: true })) {
      io.signal?.throwIfAborted();
      if (!isNothing(member.header.name)) members.push(await listed(member, blobs));
    }
    return { members, content: (await writer?.end())?.digest };
  } catch (error) {
    await writer?.abort();
    throw error;
  }
}

/** The folder that is unpacked in, named by a dot, stays as it is, whatever the archive says of it. */
function isNothing(name: string): boolean {
  return /^\.\/?$/.test(posix.normalize(name));
}

async function listed({ header, body, bodyOffset }: TarMember, blobs: BlobStore): Promise<ListedMember> {
  const { name: _name, mtime: _mtime, xattrs, isSparse = false, ...rest } = header;
  const capability = xattrs?.[fileCapability];
  return {
    ...rest,
    offset: isSparse ? 0 : bodyOffset,
    ...(isSparse ? { content: (await writeAllOnce(body, blobs)).digest } : {}),
    ...(capability === undefined ? {} : { xattrs: { [fileCapability]: capability } }),
  };
}

/** The one attribute that BuildKit has in layers. */
const fileCapability = "security.capability";

async function* writtenTo(
  writer: OnceWriter,
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const bytes of stream) {
    await writer.write(bytes);
    yield bytes;
  }
}

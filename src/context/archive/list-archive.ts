import { decompress, sniff, type Packing } from "../../codec/decompress.js";
import { SingleFlight } from "../../concurrency.js";
import { GantryError } from "../../errors.js";
import { digestOf } from "../../model/digest.js";
import { isTarHeader } from "../../tar/read.js";
import { keep, readKept } from "../base-tree/kept-record.js";
import { listMembers } from "./list-members.js";
import { digestOfFile, readFile, sourceOf } from "./read-file.js";
import { decodeArchive, encodeArchive, recordVersion } from "./record.js";
import type { BlobStore } from "../../blobs/store.js";
import type { Records } from "../../cache/records.js";
import type { IoOptions } from "../../model/events.js";
import type { FileSource } from "../../plan/plan.js";
import type { ArchiveFile, ArchiveMember } from "../../plan/archive.js";
import type { ArchiveRecord } from "./record.js";

/** Lists an archive; undefined for a file that is none. */
export type ListArchive = (
  file: ArchiveFile,
  io?: IoOptions,
) => Promise<readonly ArchiveMember[] | undefined>;

export interface ListArchiveOptions {
  /** Where a packed archive's tar is brought. */
  readonly blobs: BlobStore;
  /** Where lists are remembered for the next build; nowhere without it. */
  readonly records: Records | undefined;
  /** Told where a list cannot be kept, which changes nothing else. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Lists archives as docker and BuildKit tell and read them: a tar, also packed with gzip, bzip2, xz or zstd, told by what
 * is in the file. Its members' bytes are then read from the file itself, or, where it is packed, from its tar, which is
 * brought into the store; an archive of the same bytes is not unpacked again. ERR_GANTRY_TAR_INVALID,
 * ERR_GANTRY_CONTENT_MISMATCH, ERR_GANTRY_UNSUPPORTED and ERR_GANTRY_LIMIT name the archive.
 */
export function createListArchive(options: ListArchiveOptions): ListArchive {
  const flights = new SingleFlight<string, readonly ArchiveMember[] | undefined>();
  return (file, io = {}) => {
    const source = sourceOf(file.path);
    const { dev, ino, mtime, ctime } = source.stamp;
    return flights.get([file.path, dev, ino, mtime, ctime].join("\0"), () =>
      list(source, file, { ...options, ...io }),
    );
  };
}

async function list(
  source: FileSource,
  { name }: ArchiveFile,
  { blobs, records, onFailure, ...io }: ListArchiveOptions & IoOptions,
): Promise<readonly ArchiveMember[] | undefined> {
  const what = `archive ${name}`;
  const packing = await packingOf(source, { what, ...io });
  if (packing === undefined) return undefined;
  const kept = records === undefined ? undefined : { blobs, records };
  const key = kept === undefined ? "" : keyOf(await digestOfFile(source, io));
  const known = kept === undefined ? undefined : await readKept(kept, key, decodeArchive);
  const opened = known === undefined ? undefined : openRecord(known, source, blobs);
  if (opened !== undefined) return opened;
  const record = await listMembers(source, { what, blobs, isPacked: packing !== "none", ...io });
  if (kept !== undefined) {
    try {
      await keep(encodeArchive(record), { kept, key, signal: io.signal });
    } catch (error) {
      io.signal?.throwIfAborted();
      onFailure(error);
    }
  }
  return openRecord(record, source, blobs);
}

function keyOf(digest: string): string {
  return digestOf(Buffer.from(`archive\0${recordVersion}\0${digest}`)).slice("sha256:".length);
}

/**
 * How the file is packed, where it is an archive: the first block of a tar is in it, told by its checksum. What cannot be
 * unpacked so far is none, but a file like others: a damaged one too.
 */
async function packingOf(
  source: FileSource,
  { what, ...io }: IoOptions & { readonly what: string },
): Promise<Packing | undefined> {
  let packing: Packing | undefined;
  const seen = async function* () {
    for await (const bytes of readFile(source, io)) {
      packing ??= sniff(bytes);
      yield bytes;
    }
  };
  const start: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const bytes of decompress(seen(), { what, early: true })) {
      start.push(bytes);
      size += bytes.length;
      if (size >= 512) break;
    }
  } catch (error) {
    if (!(error instanceof GantryError && error.code === "ERR_GANTRY_CONTENT_MISMATCH")) throw error;
  }
  return isTarHeader(Buffer.concat(start).subarray(0, 512)) ? packing : undefined;
}

/** The members with their bytes where they are now; undefined where some are not there any more. */
function openRecord(
  { members, content }: ArchiveRecord,
  file: FileSource,
  blobs: BlobStore,
): readonly ArchiveMember[] | undefined {
  const sources = new Map<string | undefined, FileSource>();
  try {
    for (const digest of new Set([content, ...members.map((member) => member.content)])) {
      if (digest !== undefined) sources.set(digest, sourceOf(blobs.path(digest)));
    }
  } catch {
    return undefined;
  }
  const whole = content === undefined ? file : sources.get(content)!;
  return members.map(({ offset, content: own, ...member }) => {
    if (member.size === 0) return member;
    return { ...member, bytes: { ...(own === undefined ? whole : sources.get(own)!), offset } };
  });
}

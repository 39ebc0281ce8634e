import { open, type FileHandle } from "node:fs/promises";
import { posix } from "node:path";
import { during, GantryError } from "../../errors.js";
import { readAll } from "../../model/digest.js";
import { paddedSize } from "../../tar/header.js";
import { readTar } from "../../tar/read.js";

/** A tar file whose members are read by where they are. */
export interface TarIndex {
  readonly file: string;
  /** Bytes of the member, links followed; undefined where there is none of that name. */
  size(path: string): number | undefined;
  /** Throws ERR_GANTRY_NOT_FOUND. */
  read(
    path: string,
    options?: { readonly start?: number; readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<Uint8Array>;
  /** A whole small member; undefined where there is none. */
  readSmall(path: string): Promise<Uint8Array | undefined>;
}

type Place = { readonly offset: number; readonly size: number } | { readonly link: string };

const blockSize = 512;
const mostMembers = 100_000;
const smallLimit = 4 * 1024 * 1024;
const chunkSize = 256 * 1024;

/** Reads all headers of a tar, and no bodies. Throws ERR_GANTRY_NOT_FOUND, ERR_GANTRY_TAR_INVALID, ERR_GANTRY_UNSUPPORTED. */
export async function indexTar(file: string): Promise<TarIndex> {
  const places = await withFile(file, (handle) => scan(handle, file));
  const find = (path: string) => follow(places, path);
  const index: TarIndex = {
    file,
    size: (path) => find(path)?.size,
    async *read(path, { start = 0, signal } = {}) {
      const found = find(path);
      if (found === undefined)
        throw new GantryError("ERR_GANTRY_NOT_FOUND", `${file} has no member "${path}"`);
      yield* readRange(file, { start: found.offset + start, end: found.offset + found.size, signal });
    },
    async readSmall(path) {
      if (find(path) === undefined) return undefined;
      return await readAll(index.read(path), { limit: smallLimit, what: `"${path}" of ${file}` });
    },
  };
  return index;
}

async function scan(handle: FileHandle, file: string): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  await refuseCompressed(handle, file);
  for (let offset = 0; ;) {
    const member = await readMember(handle, offset, file);
    if (member === undefined) return places;
    const { path, place } = member;
    // Two readers could take different ones: nobody writes such archives on purpose.
    if (places.has(path)) throw invalid(file, `it has two members named "${path}"`);
    if (places.size === mostMembers)
      throw new GantryError("ERR_GANTRY_LIMIT", `${file} has more than ${mostMembers} members`);
    if (place !== undefined) places.set(path, place);
    offset = member.end;
  }
}

interface MemberAt {
  readonly path: string;
  /** Undefined of a folder. */
  readonly place: Place | undefined;
  readonly end: number;
}

/** The member whose headers begin at the offset; undefined at the archive's end. */
async function readMember(handle: FileHandle, offset: number, file: string): Promise<MemberAt | undefined> {
  const blocks = await readHeaderBlocks(handle, offset, file);
  if (blocks === undefined) return undefined;
  for await (const { header } of readTar(once(blocks), { what: `${file} at byte ${offset}` })) {
    const path = posix.normalize(header.path).replace(/\/$/, "");
    const body = offset + blocks.length;
    if (header.type === "file") {
      const end = body + paddedSize(header.size);
      if (body + header.size > (await handle.stat()).size) throw invalid(file, `it ends within "${path}"`);
      return { path, place: { offset: body, size: header.size }, end };
    }
    const link = header.linkTarget ?? "";
    if (header.type === "hardlink") return { path, place: { link: posix.normalize(link) }, end: body };
    if (header.type !== "symlink") return { path, place: undefined, end: body };
    return { path, place: { link: posix.join(posix.dirname(path), link) }, end: body };
  }
  throw invalid(file, `there is no header at ${offset}`);
}

/** Types whose body belongs to the next header: PAX records and GNU's long names. */
const extensions = new Set(["x", "g", "L", "K"]);
const longestExtension = 1024 * 1024;

/** One member's header blocks with the extensions before them. */
async function readHeaderBlocks(
  handle: FileHandle,
  offset: number,
  file: string,
): Promise<Uint8Array | undefined> {
  for (let length = 0; length <= longestExtension;) {
    const block = await readExactly(handle, offset + length, blockSize);
    const isEnd = block === undefined || block.every((byte) => byte === 0);
    if (isEnd && length === 0) return undefined;
    if (isEnd) throw invalid(file, `it ends within a header at ${offset}`);
    length += blockSize;
    if (!extensions.has(String.fromCharCode(block[156]!))) return await readExactly(handle, offset, length);
    const size = Number.parseInt(
      Buffer.from(block.subarray(124, 136)).toString("latin1").replaceAll(/[\0 ]/g, ""),
      8,
    );
    if (!(size >= 0 && size <= longestExtension))
      throw invalid(file, `the extended header at ${offset} has no sensible size`);
    length += paddedSize(size);
  }
  throw invalid(file, `the extended header at ${offset} is too long`);
}

function follow(
  places: ReadonlyMap<string, Place>,
  path: string,
): Extract<Place, { offset: number }> | undefined {
  let place = places.get(path);
  for (let hops = 0; place !== undefined && "link" in place && hops < 8; hops++)
    place = places.get(place.link);
  return place === undefined || "link" in place ? undefined : place;
}

async function refuseCompressed(handle: FileHandle, file: string): Promise<void> {
  const magic = Buffer.from((await readExactly(handle, 0, 4)) ?? []).toString("hex");
  const packer = magic.startsWith("1f8b") ? "gzip" : magic === "28b52ffd" ? "zstd" : undefined;
  if (packer === undefined) return;
  throw new GantryError(
    "ERR_GANTRY_UNSUPPORTED",
    `${file} is packed with ${packer}: unpack it first (${packer} -d)`,
  );
}

async function withFile<T>(file: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file, "r").catch((error: unknown) => {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (missing) throw new GantryError("ERR_GANTRY_NOT_FOUND", `${file} is not there`);
    throw during(`reading ${file}`, error, "ERR_GANTRY_STORE");
  });
  try {
    return await work(handle);
  } catch (error) {
    throw during(`reading ${file}`, error, "ERR_GANTRY_STORE");
  } finally {
    await handle.close();
  }
}

async function* readRange(
  file: string,
  {
    start,
    end,
    signal,
  }: { readonly start: number; readonly end: number; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  const handle = await open(file, "r");
  try {
    for (let at = start; at < end;) {
      signal?.throwIfAborted();
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkSize, end - at));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function readExactly(
  handle: FileHandle,
  offset: number,
  length: number,
): Promise<Uint8Array | undefined> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  return bytesRead === length ? buffer : undefined;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function invalid(file: string, problem: string): GantryError {
  return new GantryError("ERR_GANTRY_TAR_INVALID", `${file} is not a sound tar: ${problem}`);
}

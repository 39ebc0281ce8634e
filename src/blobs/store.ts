import { mkdir, open, readdir, rename, rm, stat, utimes, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { during, GantryError } from "../errors.js";
import type { Content } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import { algorithmOf, createHasher, type DigestAlgorithm } from "../model/digest.js";
import type { Digest } from "../model/oci.js";
import type { OnSpan } from "../model/spans.js";
import { rereading } from "../model/reread.js";
import { syncFile, syncFolder, syncPath } from "./atomic.js";
import { createWriter, type BlobWriter, type Sink } from "./writer.js";

export type { BlobWriter, Expected } from "./writer.js";

/** Which bytes to read: from `start` (default 0) up to, but not including, `end` (default the blob's end). */
export interface ReadRange {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes named by digest, wherever they are kept. */
export interface BlobBytes {
  /** Bytes of a blob that is there, else undefined. */
  size(digest: Digest): Promise<number | undefined>;
  /** The blob's bytes, not verified. Throws ERR_GANTRY_NOT_FOUND. */
  read(digest: Digest, range?: ReadRange): AsyncIterable<Uint8Array>;
  /** A writer that hashes by `algorithm` (default sha256) as bytes come; commit may still expect the other. */
  create(options?: {
    readonly algorithm?: DigestAlgorithm | undefined;
    readonly onSpan?: OnSpan | undefined;
  }): Promise<BlobWriter>;
  /** Harmless where there is none. */
  remove(digest: Digest): Promise<void>;
  /** Marks a blob as used now, so that whoever removes what is old leaves it to whoever is about to read it. */
  keep(digest: Digest): Promise<void>;
}

/**
 * A folder of bytes named by digest, in the shape of an OCI image layout (`blobs/ALGORITHM/HEX`, image-spec
 * image-layout.md). A file under its final name is whole: it was written to `tmp/`, hashed, synced (unless not durable)
 * and renamed. Any number of processes may share the folder. Faults of the disk are ERR_GANTRY_STORE.
 */
export interface BlobStore extends BlobBytes {
  /** Where the blob is or would be. */
  path(digest: Digest): string;
  /**
   * Brings the content in, verified; reads nothing where a blob of its size is there already. In a durable store that one
   * is on the disk afterwards too, whoever wrote it.
   */
  put(content: Content, options?: IoOptions): Promise<void>;
  list(): AsyncIterable<{ readonly digest: Digest; readonly size: number }>;
  /** Reads the blob again: false where it is missing or not what its name says. */
  verify(digest: Digest): Promise<boolean>;
  /** Removes temporary files last written before `before` (milliseconds since 1970): what a killed process left. Returns how many. */
  sweep(before: number): Promise<number>;
}

export interface BlobStoreOptions {
  /** A random name for temporary files. */
  readonly token: () => string;
  /**
   * Whether written bytes are on the disk when a call resolves (default true). Without it a machine that loses its power
   * may keep a file of the right size with other bytes, which whoever reads it must find out by its digest.
   */
  readonly durable?: boolean | undefined;
  /** Milliseconds since 1970, for `keep`, which does nothing without it. */
  readonly now?: (() => number) | undefined;
}

/** Opens the store in `dir`; folders are made when the first blob is written. */
export function openBlobStore(dir: string, { token, durable = true, now }: BlobStoreOptions): BlobStore {
  const temporaryFolder = join(dir, "tmp");
  const path = (digest: Digest) => join(dir, "blobs", digest.slice(0, 6), digest.slice(7));

  const store: BlobStore = {
    path,
    size: (digest) => sizeOf(path(digest)),
    read: (digest, range) => readFile(path(digest), digest, range),
    async create({ algorithm, onSpan } = {}) {
      const temporary = join(temporaryFolder, token());
      const handle = await openNew(temporary);
      return createWriter(fileSink(handle, temporary, { path, durable }), { algorithm, onSpan });
    },
    async put(content, options) {
      const { digest, size } = content.descriptor;
      if ((await store.size(digest)) !== size) return copyIn(store, content, options);
      if (durable) await syncPath(path(digest));
      await store.keep(digest);
    },
    async keep(digest) {
      if (now === undefined) return;
      const time = now() / 1000;
      // One that was removed meanwhile is missed by whoever reads it.
      await utimes(path(digest), time, time).catch(() => undefined);
    },
    remove: (digest) => rm(path(digest), { recursive: true, force: true }),
    async *list() {
      for (const algorithm of ["sha256", "sha512"] as const)
        yield* listFolder(join(dir, "blobs", algorithm), algorithm);
    },
    async verify(digest) {
      if ((await store.size(digest)) === undefined) return false;
      const hasher = createHasher(algorithmOf(digest));
      for await (const bytes of store.read(digest)) hasher.update(bytes);
      return hasher.digest() === digest;
    },
    sweep: (before) => sweepFolder(temporaryFolder, before),
  };
  return store;
}

/** Writes a content into any keeper of blobs, verified against its descriptor; read a second time where it is not that. */
export function copyIn(blobs: BlobBytes, content: Content, io: IoOptions = {}): Promise<void> {
  return rereading(() => copyOnce(blobs, content, io));
}

async function copyOnce(blobs: BlobBytes, content: Content, { signal, onEvent }: IoOptions): Promise<void> {
  const { digest, size } = content.descriptor;
  const writer = await blobs.create({ algorithm: algorithmOf(digest) });
  try {
    for await (const bytes of content.open({ signal, onEvent })) {
      signal?.throwIfAborted();
      await writer.write(bytes);
    }
    await writer.commit({ digest, size });
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function fileSink(
  handle: FileHandle,
  temporary: string,
  { path, durable }: { readonly path: (digest: Digest) => string; readonly durable: boolean },
): Sink {
  let end = 0;
  const discard = async () => {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
  };
  return {
    async append(bytes) {
      try {
        for (let done = 0; done < bytes.length;) {
          done += (await handle.write(bytes, done, bytes.length - done, end + done)).bytesWritten;
        }
      } catch (error) {
        throw during(`writing ${temporary}`, error, "ERR_GANTRY_STORE");
      }
      end += bytes.length;
    },
    reread: () => readHandle(handle, 0, end),
    async publish(digest) {
      const target = path(digest);
      try {
        if (durable) await syncFile(handle);
        await handle.close();
        await renameInto(temporary, target);
        if (durable) await syncFolder(dirname(target));
      } catch (error) {
        throw during(`writing blob ${digest}`, error, "ERR_GANTRY_STORE");
      }
    },
    discard,
  };
}

/** Read-only from the start: the open handle may write all the same, nobody else ever shall. */
async function openNew(temporary: string): Promise<FileHandle> {
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await open(temporary, "wx+", 0o444);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempt === 100) throw error;
      }
      // Not there yet, or taken away between two calls by a layout that was finished beside us.
      await mkdir(dirname(temporary), { recursive: true });
    }
  } catch (error) {
    throw during(`writing ${temporary}`, error, "ERR_GANTRY_STORE");
  }
}

async function renameInto(temporary: string, target: string): Promise<void> {
  try {
    await rename(temporary, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") await mkdir(dirname(target), { recursive: true });
    // A folder where the blob belongs is nobody's: no store makes one.
    else if (code === "EISDIR" || code === "ENOTEMPTY") await rm(target, { recursive: true, force: true });
    else throw error;
    await rename(temporary, target);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw during(`reading ${path}`, error, "ERR_GANTRY_STORE");
  }
}

async function* readFile(path: string, digest: Digest, range: ReadRange = {}): AsyncGenerator<Uint8Array> {
  let handle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (isMissing(error))
      throw new GantryError("ERR_GANTRY_NOT_FOUND", `blob ${digest} is not in ${dirname(path)}`);
    throw during(`reading ${path}`, error, "ERR_GANTRY_STORE");
  }
  try {
    yield* readHandle(handle, range.start ?? 0, range.end ?? Number.POSITIVE_INFINITY, range.signal);
  } catch (error) {
    range.signal?.throwIfAborted();
    throw during(`reading ${path}`, error, "ERR_GANTRY_STORE");
  } finally {
    await handle.close();
  }
}

/** 256 KiB at a time, each buffer new: a reader may keep or transfer it. */
async function* readHandle(
  handle: FileHandle,
  start: number,
  end: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let position = start; position < end;) {
    signal?.throwIfAborted();
    const buffer = Buffer.allocUnsafeSlow(Math.min(256 * 1024, end - position));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* listFolder(
  folder: string,
  algorithm: DigestAlgorithm,
): AsyncGenerator<{ digest: Digest; size: number }> {
  const length = algorithm === "sha256" ? 64 : 128;
  for (const name of (await namesIn(folder)).sort()) {
    if (name.length !== length || /[^0-9a-f]/.test(name)) continue;
    const size = await sizeOf(join(folder, name));
    if (size !== undefined) yield { digest: `${algorithm}:${name}`, size };
  }
}

async function sweepFolder(folder: string, before: number): Promise<number> {
  let removed = 0;
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || found.mtimeMs >= before) continue;
    await rm(path, { force: true });
    removed++;
  }
  return removed;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw during(`reading ${folder}`, error, "ERR_GANTRY_STORE");
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}

import { mkdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../blobs/atomic.js";
import { openBlobStore, type BlobStore } from "../../blobs/store.js";
import { mapLimit } from "../../concurrency.js";
import { during, GantryError, suggest } from "../../errors.js";
import { inStep, type IoOptions } from "../../model/events.js";
import type { Artifact, Content } from "../../model/content.js";
import type { Descriptor } from "../../model/oci.js";
import type { Destination, Published, Source } from "../../model/place.js";
import { listGraph } from "../graph.js";
import { readBlob } from "../read-blob.js";
import {
  addNames,
  emptyIndexFile,
  findEntry,
  formatIndexFile,
  namesOf,
  parseIndexFile,
  refName,
  type IndexFile,
} from "./index-file.js";
import { withLock } from "./lock.js";

/** A name of a layout and what it stands for; without a name where nothing but the digest names it. */
export interface LayoutEntry {
  readonly name: string | undefined;
  readonly descriptor: Descriptor;
}

/** A folder in the shape of an OCI image layout (image-spec image-layout.md), read and written. */
export interface Layout extends Source, Destination {
  readonly dir: string;
  readonly blobs: BlobStore;
  /** Every entry of index.json, in its order; none where the folder is not there. */
  list(): Promise<readonly LayoutEntry[]>;
  /** Takes a name away; its blobs stay. Throws ERR_GANTRY_NOT_FOUND. */
  remove(name: string, options?: IoOptions): Promise<void>;
}

export interface LayoutOptions {
  /** A random name for temporary files and locks. */
  readonly token: () => string;
  /** For messages; "oci:DIR" unless given. */
  readonly label?: string | undefined;
  /** Whether written bytes are on the disk when a call resolves (default true). */
  readonly durable?: boolean | undefined;
  /** The clock that marks blobs as used; see BlobStoreOptions. */
  readonly now?: (() => number) | undefined;
}

const blobsAtOnce = 4;

/**
 * Opens the layout in `dir`, an absolute path; nothing is made before something is staged. Any number of processes may
 * write names at once: none loses another's. Names are `org.opencontainers.image.ref.name` annotations, taken as given.
 */
export function openLayout(dir: string, options: LayoutOptions): Layout {
  const { token, label = `oci:${dir}`, durable = true, now } = options;
  const blobs = openBlobStore(dir, { token, durable, now });
  const index = indexOf(dir, { token, label, durable });
  return {
    dir,
    label,
    blobs,
    resolve: async (name) => findEntry(await index.read(), name, label),
    read: (descriptor, open) =>
      readBlob(descriptor, { label, open, from: (range) => blobs.read(descriptor.digest, range) }),
    async list() {
      const { manifests } = await index.readOrEmpty();
      return manifests.map((descriptor) => ({ name: descriptor.annotations?.[refName], descriptor }));
    },
    remove: (name, io) =>
      index.change((file) => {
        const manifests = file.manifests.filter(({ annotations }) => annotations?.[refName] !== name);
        if (manifests.length < file.manifests.length) return { ...file, manifests };
        const near = suggest(name, file.manifests.flatMap(namesOf));
        throw new GantryError("ERR_GANTRY_NOT_FOUND", `${label} has nothing named "${name}"${near}`);
      }, io),
    async stage(root, names, io) {
      await inStep(io?.onEvent, { name: `write ${label}`, kind: "output" }, () => putGraph(blobs, root, io));
      await rmdir(join(dir, "tmp")).catch(() => undefined);
      return {
        publish: async (publishing = io) => {
          await index.change((file) => addNames(file, root, names), publishing);
          return names.map((name): Published => ({ name, digest: root.descriptor.digest }));
        },
        // Blobs without a name are no part of what the layout holds, and may be another writer's too.
        abort: async () => {},
      };
    },
  };
}

async function putGraph(blobs: BlobStore, root: Artifact, io: IoOptions = {}): Promise<void> {
  const graph = await listGraph(root, io);
  const put = (content: Content) => blobs.put(content, io);
  await mapLimit(graph.blobs, blobsAtOnce, put);
  await mapLimit(graph.manifests, 1, put);
}

interface Index {
  /** Throws ERR_GANTRY_NOT_FOUND where the folder is not a layout. */
  read(): Promise<IndexFile>;
  readOrEmpty(): Promise<IndexFile>;
  change(edit: (file: IndexFile) => IndexFile, io?: IoOptions): Promise<void>;
}

function indexOf(dir: string, { token, label, durable }: Required<Omit<LayoutOptions, "now">>): Index {
  const path = join(dir, "index.json");
  const readOrEmpty = async () => {
    const bytes = await readIfThere(path);
    return bytes === undefined ? emptyIndexFile : parseIndexFile(bytes, path);
  };
  return {
    readOrEmpty,
    async read() {
      if ((await readVersion(dir)) === undefined) {
        throw new GantryError(
          "ERR_GANTRY_NOT_FOUND",
          `${label} is not an OCI image layout: there is no oci-layout file`,
        );
      }
      return await readOrEmpty();
    },
    change: (edit, io) =>
      withLock(
        join(dir, "index.json.lock"),
        async (lock) => {
          if ((await readVersion(dir)) === undefined) await writeVersion(dir, durable ?? true);
          const bytes = formatIndexFile(edit(await readOrEmpty()));
          if (!(await lock.isHeld()))
            throw new GantryError("ERR_GANTRY_STORE", `${path} was changed by another writer; try again`);
          await writeFileAtomic(path, bytes, { durable: durable ?? true });
        },
        { token, signal: io?.signal },
      ),
  };
}

async function readVersion(dir: string): Promise<string | undefined> {
  const path = join(dir, "oci-layout");
  const bytes = await readIfThere(path);
  if (bytes === undefined) return undefined;
  const version = versionIn(bytes);
  if (version?.startsWith("1.")) return version;
  throw new GantryError(
    "ERR_GANTRY_MANIFEST_INVALID",
    `${path}: expected imageLayoutVersion "1.0.0", got "${version}"`,
  );
}

function versionIn(bytes: Uint8Array): string | undefined {
  try {
    return (JSON.parse(Buffer.from(bytes).toString()) as { imageLayoutVersion?: string }).imageLayoutVersion;
  } catch {
    return undefined;
  }
}

async function writeVersion(dir: string, durable: boolean): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFileAtomic(join(dir, "oci-layout"), layoutVersion, { durable });
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw during(`reading ${path}`, error, "ERR_GANTRY_STORE");
  }
}

/** The bytes of the file that marks a folder as a layout. */
export const layoutVersion: Uint8Array = Buffer.from('{"imageLayoutVersion":"1.0.0"}');

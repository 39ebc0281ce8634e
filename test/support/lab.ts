import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { decompress } from "../../src/codec/decompress.js";
import { build, imageOf, openPlace, readArtifact } from "../../src/index.js";
import { readTar } from "../../src/tar/read.js";
import { ownOptions } from "./own-options.js";
import type {
  BuildOptions,
  BuildRequest,
  BuildResult,
  CommonOptions,
  GantryEvent,
  Image,
  ImageConfig,
  Layer,
  ManifestDocument,
} from "../../src/index.js";

/** One member of a layer as a reader sees it. */
export interface Member {
  readonly path: string;
  readonly type: string;
  readonly mode: number;
  /** "UID:GID" */
  readonly owner: string;
  readonly mtime: number;
  readonly size: number;
  readonly linkTarget?: string | undefined;
  /** Of a file of at most 64 KiB. */
  readonly text?: string | undefined;
}

/** An image as it was written, read back. */
export interface BuiltImage {
  readonly platform: Image["platform"];
  readonly manifest: ManifestDocument;
  readonly config: ImageConfig;
  readonly layers: readonly (readonly Member[])[];
}

export interface Built {
  readonly result: BuildResult;
  /** In the index's order. */
  readonly images: readonly BuiltImage[];
  readonly events: readonly GantryEvent[];
}

export type LabOptions = BuildOptions & { readonly env?: Readonly<Record<string, string>> };

/** A folder with files, and the library's build with its results read back from an OCI layout. */
export interface Lab {
  readonly folder: string;
  readonly options: CommonOptions;
  /** Writes files (text by relative path). */
  write(files: Readonly<Record<string, string>>): void;
  /** Builds one request; with outputs of its own `place` says where to read it back. */
  build(request: BuildRequest, options?: LabOptions, place?: string): Promise<Built>;
}

export async function createLab(t: TestContext): Promise<Lab> {
  const options = await ownOptions(t);
  const folder = options.system.cwd;
  let count = 0;
  return {
    folder,
    options,
    write(files) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
    },
    async build(request, { env = {}, ...more } = {}, place) {
      const dest = join(folder, `.out-${count++}`);
      const events: GantryEvent[] = [];
      const [result] = await build(request, {
        ...options,
        system: { ...options.system, env },
        outputs: [{ type: "oci", dest }],
        onEvent: (event) => void events.push(event),
        ...more,
      });
      return { result: result!, events, images: await readImages(place ?? `oci:${dest}`, result!, options) };
    },
  };
}

/** Every image of what was built, read from a place it was brought to. */
export async function readImages(
  place: string,
  { images }: Pick<BuildResult, "images">,
  options: CommonOptions = {},
): Promise<BuiltImage[]> {
  await using opened = await openPlace(place, options);
  const artifact = await readArtifact(await opened.source(), opened.name);
  const found = [];
  for (const { platform } of images) found.push(await readImage(await imageOf(artifact, platform)));
  return found;
}

async function readImage({ platform, bytes, config, layers }: Image): Promise<BuiltImage> {
  const listed: Member[][] = [];
  for (const layer of layers) listed.push(await listMembers(layer));
  return {
    platform,
    manifest: JSON.parse(Buffer.from(bytes).toString()) as ManifestDocument,
    config,
    layers: listed,
  };
}

async function listMembers(layer: Layer): Promise<Member[]> {
  const members: Member[] = [];
  for await (const { header, body } of readTar(decompress(layer.open(), { what: "layer" }))) {
    const { path, type, mode, uid, gid, mtime, size, linkTarget } = header;
    const text = type === "file" && size <= 65_536 ? await textOf(body) : undefined;
    members.push({ path, type, mode, owner: `${uid}:${gid}`, mtime, size, linkTarget, text });
  }
  return members;
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** "PATH TYPE MODE OWNER" of each member. */
export function brief(members: readonly Member[] = []): string[] {
  return members.map(({ path, type, mode, owner }) => `${path} ${type} ${mode.toString(8)} ${owner}`);
}

import { GantryError, suggest } from "../../errors.js";
import { isDigest } from "../../model/digest.js";
import { parseJson } from "../../model/json.js";
import { parseDescriptor } from "../../model/manifest.js";
import { parseReference } from "../../model/reference.js";
import { mediaTypes, type Descriptor } from "../../model/oci.js";
import type { Artifact } from "../../model/content.js";

/** The annotation that names a manifest in a layout (image-spec annotations.md). */
export const refName = "org.opencontainers.image.ref.name";
/** The same for containerd and docker: a full reference. */
export const imageName = "io.containerd.image.name";

/** A layout's index.json (image-spec image-layout.md): its entries as they are, unknown fields and all. */
export interface IndexFile {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly [unknown: string]: unknown;
}

export const emptyIndexFile: IndexFile = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };

/** Reads an index.json; throws ERR_GANTRY_MANIFEST_INVALID. */
export function parseIndexFile(bytes: Uint8Array, what: string): IndexFile {
  const value = parseJson(bytes, what) as Partial<IndexFile> | null;
  if (value?.schemaVersion !== 2 || !Array.isArray(value.manifests)) {
    throw new GantryError(
      "ERR_GANTRY_MANIFEST_INVALID",
      `${what}: expected schemaVersion 2 and a list of manifests`,
    );
  }
  for (const [at, entry] of value.manifests.entries()) parseDescriptor(entry, `${what}, manifest ${at + 1}`);
  return value as IndexFile;
}

export function formatIndexFile(file: IndexFile): Uint8Array {
  return Buffer.from(JSON.stringify(file));
}

/** The entry of a root: what identifies it, and `annotations` instead of those it came with. */
export function indexEntry(
  { descriptor }: Artifact,
  annotations: Readonly<Record<string, string>>,
): Descriptor {
  const { mediaType, digest, size, platform, artifactType } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(platform === undefined ? {} : { platform }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/** The file with each name standing for the root alone; without names the root is kept once, nameless. */
export function addNames(file: IndexFile, root: Artifact, names: readonly string[]): IndexFile {
  const { digest } = root.descriptor;
  const others = file.manifests.filter((entry) => {
    const name = entry.annotations?.[refName];
    return name === undefined ? entry.digest !== digest : !names.includes(name);
  });
  const isNamed = others.some((entry) => entry.digest === digest);
  const own = names.map((name) => indexEntry(root, { [refName]: name }));
  if (own.length === 0 && !isNamed) own.push(indexEntry(root, {}));
  return { ...file, manifests: [...others, ...own] };
}

/** The names an entry answers to. */
export function namesOf({ annotations }: Descriptor): readonly string[] {
  return [annotations?.[refName], annotations?.[imageName]].filter((name) => name !== undefined);
}

/**
 * The entry that a name, a reference or a digest stands for; without a name the only one there is. Throws
 * ERR_GANTRY_NOT_FOUND, listing the names there are.
 */
export function findEntry(file: IndexFile, name: string | undefined, label: string): Descriptor {
  const found = matches(file.manifests, name);
  const digests = new Set(found.map(({ digest }) => digest));
  if (digests.size === 1) return found[0]!;
  const known = file.manifests.flatMap(namesOf);
  const there = known.length === 0 ? `${file.manifests.length} without a name` : known.join(", ");
  throw new GantryError("ERR_GANTRY_NOT_FOUND", `${label} ${problem()}`);

  function problem(): string {
    if (file.manifests.length === 0) {
      return name === undefined ? "holds no image" : `has nothing named "${name}": it holds no image`;
    }
    if (digests.size === 0)
      return `has nothing named "${name}"${suggest(name ?? "", known)}; it has ${there}`;
    if (name === undefined) return `holds several images: name one of ${there}`;
    return `has several manifests named "${name}": take one by its digest, ${[...digests].join(" or ")}`;
  }
}

function matches(entries: readonly Descriptor[], name: string | undefined): readonly Descriptor[] {
  if (name === undefined) return entries;
  if (isDigest(name)) return entries.filter(({ digest }) => digest === name);
  const exact = entries.filter(({ annotations }) => annotations?.[refName] === name);
  if (exact.length > 0) return exact;
  const wanted = normalise(name);
  return wanted === undefined
    ? []
    : entries.filter((entry) => namesOf(entry).some((other) => normalise(other) === wanted));
}

/** "app" and "docker.io/library/app:latest" are one name; undefined where it is no reference. */
export function normalise(name: string): string | undefined {
  try {
    const { registry, repository, tag, digest } = parseReference(name);
    return `${registry}/${repository}${digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`}`;
  } catch {
    return undefined;
  }
}

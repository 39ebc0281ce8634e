import { algorithmOf, digestOf, isDigest, readAll } from "../model/digest.js";
import type { Digest } from "../model/oci.js";
import { GantryError } from "../errors.js";
import { knownRepository, requireDigest, type Answer, type Call, type Holdings } from "./call.js";
import type { ManifestRecord, Repository } from "./catalog.js";
import { Fault } from "./fault.js";
import { readManifestFacts, type ManifestFacts } from "./manifest-record.js";

/** The most a manifest may have: what the specification asks a registry to take at least (spec.md, "Pushing Manifests"). */
const manifestLimit = 4 * 1024 * 1024;

/** GET and HEAD of a manifest by tag or digest: the bytes and the type exactly as pushed. */
export async function readManifest(call: Call): Promise<Answer> {
  const { digest, record } = findManifest(call);
  return {
    status: 200,
    headers: { "Content-Type": record.mediaType, "Docker-Content-Digest": digest },
    body: { length: record.size, open: () => call.holdings.blobs.read(digest) },
  };
}

/** PUT by digest (with any number of `?tag=`) or by tag. */
export async function writeManifest(call: Call): Promise<Answer> {
  const { digest: wanted, tags } = targetOf(call);
  const bytes = await readBody(call);
  const digest = digestOf(bytes, wanted === undefined ? "sha256" : algorithmOf(wanted));
  if (wanted !== undefined && wanted !== digest) {
    throw new Fault("DIGEST_INVALID", `the manifest's digest is ${digest}, expected ${wanted}`);
  }
  const facts = readManifestFacts(bytes, call.headers["content-type"]);
  const repository = call.holdings.catalog.at(call.name);
  // Kept before they are looked for: a collection that is under way leaves them alone.
  await Promise.all(facts.blobs.map((blob) => call.holdings.blobs.keep(blob)));
  if (call.holdings.requireBlobs) await checkBlobs(call.holdings, repository, facts);
  await store(call, digest, bytes);
  await repository.addManifest(digest, facts.record);
  for (const tag of tags) await repository.setTag(tag, digest);
  return created(call, digest, facts.record);
}

/** DELETE: by tag only the tag, by digest the manifest and every tag that names it. */
export async function deleteManifest(call: Call): Promise<Answer> {
  const { digest } = findManifest(call);
  const repository = knownRepository(call);
  await (isDigest(call.reference) ? repository.removeManifest(digest) : repository.removeTag(call.reference));
  return { status: 202 };
}

function findManifest(call: Call): { readonly digest: Digest; readonly record: ManifestRecord } {
  const repository = call.holdings.catalog.find(call.name);
  const { digest: named, tags } = targetOf(call);
  const digest = named ?? repository?.tags.get(tags[0]!);
  const record = digest === undefined ? undefined : repository?.manifests.get(digest);
  if (digest !== undefined && record !== undefined) return { digest, record };
  throw new Fault("MANIFEST_UNKNOWN", `manifest ${call.reference} is not in repository ${call.name}`);
}

/** The digest and the tags that path and query name. No tag holds a colon, every digest does. */
function targetOf({ reference, query }: Call): {
  readonly digest?: Digest;
  readonly tags: readonly string[];
} {
  if (!reference.includes(":")) return { tags: [requireTag(reference)] };
  return { digest: requireDigest(reference), tags: query.getAll("tag").map(requireTag) };
}

function requireTag(text: string): string {
  if (/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(text)) return text;
  throw new Fault("TAG_INVALID", `"${text}" is not a tag: up to 128 letters, digits, ".", "_" and "-"`);
}

async function readBody({ body }: Call): Promise<Uint8Array> {
  try {
    return await readAll(body, { limit: manifestLimit, what: "the manifest" });
  } catch (error) {
    if (!(error instanceof GantryError) || error.code !== "ERR_GANTRY_LIMIT") throw error;
    throw new Fault("SIZE_INVALID", error.message, { status: 413 });
  }
}

async function checkBlobs(
  { blobs: bytes }: Holdings,
  repository: Repository,
  { blobs, manifests }: ManifestFacts,
): Promise<void> {
  const unlinked =
    blobs.find((digest) => !repository.blobs.has(digest)) ??
    manifests.find((digest) => !repository.manifests.has(digest));
  const sizes = await Promise.all(blobs.map((digest) => bytes.size(digest)));
  const missing = unlinked ?? blobs.find((_, at) => sizes[at] === undefined);
  if (missing === undefined) return;
  throw new Fault(
    "MANIFEST_BLOB_UNKNOWN",
    `the manifest names ${missing}, which is not in repository ${repository.name}`,
  );
}

async function store({ holdings }: Call, digest: Digest, bytes: Uint8Array): Promise<void> {
  const writer = await holdings.blobs.create({ algorithm: algorithmOf(digest) });
  try {
    await writer.write(bytes);
    await writer.commit({ digest });
  } finally {
    await writer.abort();
  }
}

function created({ name, query, reference }: Call, digest: Digest, { subject }: ManifestRecord): Answer {
  const tags = isDigest(reference) ? query.getAll("tag") : [];
  return {
    status: 201,
    headers: {
      Location: `/v2/${name}/manifests/${reference}`,
      "Docker-Content-Digest": digest,
      ...(subject === undefined ? {} : { "OCI-Subject": subject }),
      ...(tags.length === 0 ? {} : { "OCI-Tag": tags }),
    },
  };
}

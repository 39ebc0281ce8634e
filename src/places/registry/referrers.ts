import { GantryError } from "../../errors.js";
import { Semaphore } from "../../concurrency.js";
import type { Reply } from "../../http/errors.js";
import type { HttpRequest } from "../../http/send.js";
import type { IoOptions } from "../../model/events.js";
import { parseManifest } from "../../model/manifest.js";
import { mediaTypes, type Descriptor, type Digest, type IndexDocument } from "../../model/oci.js";
import { pullScopes, pushScopes, type RegistryHost } from "./host.js";
import { readPages } from "./pages.js";

/** Looks at a list that others write too, each followed by a write where the manifest is not in it. */
const attempts = 10;
/** Milliseconds in which another writer, who read the list before we wrote it, will have written his. */
const settling = 500;

/**
 * The manifests whose subject is a digest (distribution-spec spec.md, "Listing Referrers"); where the registry has no
 * such list, those of the index under the fallback tag. `artifactType` keeps those of one type.
 */
export async function listReferrers(
  host: RegistryHost,
  { repository, digest, artifactType }: ReferrersOf & { readonly artifactType?: string | undefined },
  io: IoOptions,
): Promise<readonly Descriptor[]> {
  const listed = await askReferrers(host, { repository, digest }, io);
  const all = listed ?? (await readFallback(host, { repository, digest }, io)).manifests;
  return artifactType === undefined ? all : all.filter((entry) => entry.artifactType === artifactType);
}

/** Who refers to whom. */
export interface Referral {
  readonly subject: Digest;
  readonly referrer: Descriptor;
}

interface ReferrersOf {
  readonly repository: string;
  readonly digest: Digest;
}

/** The registry's own list; undefined where what it answers is none (GHCR sends elsewhere, others 404 or a web page). */
async function askReferrers(
  host: RegistryHost,
  { repository, digest }: ReferrersOf,
  io: IoOptions,
): Promise<readonly Descriptor[] | undefined> {
  const what = `the referrers of ${digest}`;
  const request: HttpRequest = {
    method: "GET",
    url: host.at(`${repository}/referrers/${digest}`),
    headers: { accept: mediaTypes.index },
    lane: "control",
    scopes: pullScopes(repository),
    ...io,
  };
  const found: Descriptor[] = [];
  for await (const reply of readPages(host, request, what)) {
    if (reply.status === 401) throw await host.refusal(reply, request);
    const index = reply.status === 200 ? indexOf(reply, what) : undefined;
    if (index === undefined) return undefined;
    found.push(...index.manifests);
  }
  return found;
}

interface Fallback {
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly etag?: string | undefined;
}

/** The index under the fallback tag, empty where there is none. Throws ERR_GANTRY_REGISTRY where something else is there. */
async function readFallback(
  host: RegistryHost,
  { repository, digest }: ReferrersOf,
  io: IoOptions,
): Promise<Fallback> {
  const tag = fallbackTag(digest);
  const request: HttpRequest = {
    method: "GET",
    url: host.at(`${repository}/manifests/${tag}`),
    headers: { accept: mediaTypes.index },
    lane: "control",
    scopes: pullScopes(repository),
    ...io,
  };
  const reply = await host.call(request);
  if (reply.status === 404) return { manifests: [] };
  if (reply.status !== 200) throw await host.refusal(reply, request);
  const index = indexOf(reply, `${host.registry}/${repository}:${tag}`);
  if (index !== undefined)
    return { manifests: index.manifests, annotations: index.annotations, etag: reply.headers["etag"] };
  throw new GantryError(
    "ERR_GANTRY_REGISTRY",
    `${host.registry}/${repository}:${tag} is not an index: it is where referrers are listed, and cannot be used for anything else`,
  );
}

/**
 * Lists a manifest among its subject's referrers where the registry does not do it by itself (distribution-spec spec.md,
 * "Referrers Tag Schema"). Others may be writing the same list, and may have read it before we wrote: it is looked at
 * once more after a pause, and written again until the manifest stays in it.
 */
export async function noteReferrer(
  host: RegistryHost,
  { repository, subject, referrer }: Referral & { readonly repository: string },
  io: IoOptions,
): Promise<void> {
  const about = { repository, digest: subject };
  /** Whether the manifest was in the list already; writes it there where it was not. */
  const listOrWrite = async (): Promise<boolean> => {
    const list = await readFallback(host, about, io);
    if (list.manifests.some(({ digest }) => digest === referrer.digest)) return true;
    await writeFallback(host, about, { list, referrer, io });
    return false;
  };
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (await lockOf(host, `${repository}@${subject}`).run(listOrWrite, io.signal)) return;
    await host.backoff.pause(attempt, { least: settling, signal: io.signal });
  }
  throw new GantryError(
    "ERR_GANTRY_REGISTRY",
    `${referrer.digest} could not be listed among the referrers of ${subject} in ${host.registry}/${repository}: others keep writing the list; try again`,
  );
}

async function writeFallback(
  host: RegistryHost,
  { repository, digest }: ReferrersOf,
  { list, referrer, io }: { readonly list: Fallback; readonly referrer: Descriptor; readonly io: IoOptions },
): Promise<void> {
  const document: IndexDocument = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [...list.manifests, referrer],
    ...(list.annotations === undefined ? {} : { annotations: list.annotations }),
  };
  const bytes = Buffer.from(JSON.stringify(document));
  const request: HttpRequest = {
    method: "PUT",
    url: host.at(`${repository}/manifests/${fallbackTag(digest)}`),
    headers: {
      "content-type": mediaTypes.index,
      ...(list.etag === undefined ? {} : { "if-match": list.etag }),
    },
    body: {
      size: bytes.length,
      replayable: true,
      open: async function* () {
        yield bytes;
      },
    },
    lane: "control",
    scopes: pushScopes(repository),
    ...io,
  };
  const reply = await host.call(request);
  // 412: somebody was faster, and the list is read again.
  if (reply.status >= 300 && reply.status !== 412) throw await host.refusal(reply, request);
}

/** "sha256-HEX", at most 32 and 64 characters (distribution-spec spec.md, "Referrers Tag Schema"). */
function fallbackTag(digest: Digest): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

function indexOf(reply: Reply, what: string): IndexDocument | undefined {
  const type = reply.headers["content-type"]?.split(";")[0]?.trim();
  if (type !== mediaTypes.index) return undefined;
  const parsed = parseManifest(reply.bytes, type, what);
  return parsed.kind === "index" ? parsed.document : undefined;
}

const locks = new WeakMap<RegistryHost, Map<string, Semaphore>>();

/** One writer of a list at a time within this process. */
function lockOf(host: RegistryHost, key: string): Semaphore {
  const own = locks.get(host) ?? new Map<string, Semaphore>();
  locks.set(host, own);
  if (!own.has(key)) own.set(key, new Semaphore(1));
  return own.get(key)!;
}

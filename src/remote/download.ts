import { lstatSync } from "node:fs";
import { SingleFlight, type Semaphore } from "../concurrency.js";
import { decompress } from "../codec/decompress.js";
import { GantryError } from "../errors.js";
import { redactUrl, TransportFailure } from "../http/errors.js";
import type { HttpResponse } from "../http/send.js";
import { factsOf } from "../context/facts.js";
import { algorithmOf, createHasher, digestOf, isDigest, type DigestAlgorithm } from "../model/digest.js";
import { startStep, type IoOptions, type Step } from "../model/events.js";
import type { Digest } from "../model/oci.js";
import type { BlobStore } from "../blobs/store.js";
import type { Records } from "../cache/records.js";
import type { Stamp } from "../plan/plan.js";
import type { Received, RemoteFiles } from "../plan/remote-files.js";
import type { Client } from "./client.js";
import { fetching, refusal } from "./request.js";

/** Where what came is kept, and what is known of it. */
export interface Keeping {
  readonly blobs: BlobStore;
  /** Nothing is remembered for the next build without it. */
  readonly records: Records | undefined;
  /** Told where something cannot be remembered, which changes nothing else. */
  readonly onFailure: (error: unknown) => void;
  /** Lets one blob get its name at a time: of two of the same bytes the second would take the place of the first. */
  readonly naming: Semaphore;
}

/** Downloads into the store, streaming: see `RemoteFiles.download`. */
export function createDownload(client: () => Client, keeping: Keeping): RemoteFiles["download"] {
  const flights = new SingleFlight<string, Received>();
  return (url, { checksum, ...io } = {}) =>
    flights.get(`${checksum ?? ""} ${url}`, async () => {
      checkUrl(url);
      const step = startStep(io.onEvent, { name: `download ${redactUrl(new URL(url))}`, kind: "download" });
      try {
        const { isKnown, ...received } = await download(client(), url, { checksum, keeping, step, ...io });
        step.end(received.digest.slice(0, 19), isKnown ? "cached" : "done");
        return withOrigin(received, url);
      } catch (error) {
        step.fail(error instanceof Error ? error.message : String(error));
        throw error;
      }
    });
}

function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  try {
    if (parsed !== undefined) decodeURIComponent(parsed.username + parsed.password);
    else throw new URIError();
  } catch {
    const shown = parsed === undefined ? "what is to be downloaded" : redactUrl(parsed);
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `${shown} is not a URL: expected https://HOST/PATH, a "%" in its password written as "%25"`,
    );
  }
}

interface Downloading extends IoOptions {
  readonly checksum: Digest | undefined;
  readonly keeping: Keeping;
  readonly step: Step;
}

async function download(
  client: Client,
  text: string,
  { checksum, keeping, step, signal, onEvent }: Downloading,
): Promise<Received & { readonly isKnown: boolean }> {
  if (checksum !== undefined) {
    const known = await find(checksum, keeping);
    if (known !== undefined) return { ...known, isKnown: true };
  }
  const url = new URL(text);
  url.hash = "";
  const ask = async (known: Known | undefined) => {
    const headers = { accept: "*/*", ...known?.headers };
    const request = { method: "GET", url, headers, lane: "download", signal, onEvent } as const;
    return await fetching(client, request, async (response) => {
      if (response.status === 304 && known !== undefined)
        return isAbout(known, response) ? { ...known.received, isKnown: true } : undefined;
      if (response.status < 200 || response.status > 299 || response.status === 206) throw refusal(response);
      const algorithm = checksum === undefined ? "sha256" : algorithmOf(checksum);
      const check = (digest: Digest) => {
        if (checksum !== undefined && digest !== checksum) throw mismatch(url, digest, checksum);
      };
      const total = lengthOf(response);
      const received = await store(bodyOf(response, url), { keeping, algorithm, check, step, total, signal });
      if (checksum === undefined) await remember(url, response, received, keeping);
      return { ...received, isKnown: false };
    });
  };
  const known = checksum === undefined ? await recall(url, keeping) : undefined;
  const answer = await ask(known);
  return answer ?? (await ask(undefined))!;
}

/** Whether "not modified" is said of what came before: a redirect may lead to another file now, older than that. */
function isAbout(known: Known, { url, headers }: HttpResponse): boolean {
  const changed = headers["last-modified"];
  return known.at === placeOf(url) && (changed === undefined || changed === (known.lastModified ?? changed));
}

function lengthOf({ headers }: HttpResponse): number | undefined {
  const length = headers["content-length"];
  return length === undefined || headers["content-encoding"] !== undefined ? undefined : Number(length);
}

/** The file in an answer: one that is packed for the way is unpacked, as BuildKit's client does it. */
async function* bodyOf(response: HttpResponse, url: URL): AsyncGenerator<Uint8Array> {
  const packed = response.headers["content-encoding"]?.trim().toLowerCase() === "gzip";
  if (packed) return yield* decompress(response.body, { what: redactUrl(url) });
  const expected = lengthOf(response);
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    yield chunk;
  }
  if (expected !== undefined && size !== expected)
    throw new TransportFailure("ESHORT", `expected ${expected} bytes, got ${size}`);
}

interface Storing {
  readonly keeping: Keeping;
  readonly algorithm?: DigestAlgorithm | undefined;
  /** Throws where it is not what was expected: then nothing is kept. */
  readonly check?: ((digest: Digest) => void) | undefined;
  readonly step: Pick<Step, "progress">;
  readonly total?: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Brings a stream into the store. A sound blob that is there stays: an entry may stand for that very file. */
export async function store(
  stream: AsyncIterable<Uint8Array>,
  { keeping, algorithm = "sha256", check, step, total, signal }: Storing,
): Promise<Received> {
  const { blobs } = keeping;
  const writer = await blobs.create({ algorithm });
  const hasher = createHasher(algorithm);
  try {
    for await (const bytes of stream) {
      signal?.throwIfAborted();
      hasher.update(bytes);
      await writer.write(bytes);
      step.progress(writer.size, total);
    }
    const digest = hasher.digest();
    check?.(digest);
    return await keeping.naming.run(async () => {
      const known = await find(digest, keeping);
      if (known === undefined) await writer.commit({ digest, size: writer.size });
      else await writer.abort();
      return known ?? (await noteSound(digest, keeping));
    }, signal);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** The blob as a file, where it is there and what its name says: read again unless its stamp says that it is as it was. */
async function find(digest: Digest, keeping: Keeping): Promise<Received | undefined> {
  const { blobs, records } = keeping;
  if ((await blobs.size(digest)) === undefined) return undefined;
  const received = receivedAt(digest, blobs);
  const record = (await records?.get(soundKey(digest))) as { readonly stamp?: Stamp } | undefined;
  if (record?.stamp !== undefined && isSame(record.stamp, received.file.stamp)) return received;
  if (!(await blobs.verify(digest))) return undefined;
  return await noteSound(digest, keeping);
}

async function noteSound(digest: Digest, { blobs, records, onFailure }: Keeping): Promise<Received> {
  const received = receivedAt(digest, blobs);
  await records?.put(soundKey(digest), { digest, stamp: received.file.stamp }).catch(onFailure);
  return received;
}

function receivedAt(digest: Digest, blobs: BlobStore): Received {
  const path = blobs.path(digest);
  const stamp = factsOf(lstatSync(path));
  return { digest, size: stamp.size, file: { type: "file", path, stamp } };
}

function isSame(one: Stamp, other: Stamp): boolean {
  return (
    one.dev === other.dev &&
    one.ino === other.ino &&
    one.size === other.size &&
    one.mtime === other.mtime &&
    one.ctime === other.ctime
  );
}

interface Known {
  readonly received: Received;
  /** Where it came from in the end. */
  readonly at: unknown;
  readonly lastModified: string | undefined;
  /** What asks whether it is still the one. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What came from a URL before, if it is still here and the server told how to ask for changes. */
async function recall(url: URL, keeping: Keeping): Promise<Known | undefined> {
  const record = (await keeping.records?.get(urlKey(url))) as
    | {
        readonly digest?: unknown;
        readonly at?: unknown;
        readonly etag?: unknown;
        readonly lastModified?: unknown;
      }
    | undefined;
  const { digest, at, etag, lastModified: told } = record ?? {};
  if (typeof digest !== "string" || !isDigest(digest)) return undefined;
  const received = await find(digest, keeping);
  if (received === undefined) return undefined;
  const lastModified = typeof told === "string" ? told : undefined;
  const known = { received, at, lastModified };
  if (typeof etag === "string") return { ...known, headers: { "if-none-match": etag } };
  if (lastModified !== undefined) return { ...known, headers: { "if-modified-since": lastModified } };
  return undefined;
}

async function remember(
  url: URL,
  { headers, url: end }: HttpResponse,
  { digest }: Received,
  { records, onFailure }: Keeping,
): Promise<void> {
  const { etag, "last-modified": changed } = headers;
  const lastModified = changed !== undefined && isSettled(changed, headers["date"]) ? changed : undefined;
  if (etag === undefined && lastModified === undefined) return;
  await records?.put(urlKey(url), { digest, at: placeOf(end), etag, lastModified }).catch(onFailure);
}

/** A file that changed in the second in which it was sent may change in it again (RFC 9110 section 8.8.2.2). */
function isSettled(changed: string, sent: string | undefined): boolean {
  return !(Date.parse(sent ?? "") - Date.parse(changed) < 2000);
}

/** A place without its query, since signatures differ each time. */
function placeOf(url: URL): string {
  return keyOf("place", url.origin + url.pathname);
}

/** By the URL without its credentials, which nothing of the cache is to tell. */
function urlKey(url: URL): string {
  return keyOf("download", url.origin + url.pathname + url.search);
}

function soundKey(digest: Digest): string {
  return keyOf("sound blob", digest);
}

function keyOf(...words: readonly string[]): string {
  return digestOf(Buffer.from(words.join("\0"))).slice("sha256:".length);
}

function withOrigin({ digest, size, file }: Received, url: string): Received {
  return { digest, size, file: { ...file, origin: `${redactUrl(new URL(url))} ${digest}` } };
}

function mismatch(url: URL, got: Digest, expected: Digest): GantryError {
  return new GantryError(
    "ERR_GANTRY_CONTENT_MISMATCH",
    `digest mismatch for ${redactUrl(url)}: ${got} (expected: ${expected}); if the file was meant to change, write its new checksum`,
  );
}

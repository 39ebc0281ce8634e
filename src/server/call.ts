import type { IncomingHttpHeaders } from "node:http";
import type { Semaphore } from "../concurrency.js";
import type { BlobBytes } from "../blobs/store.js";
import type { Catalog, Repository } from "./catalog.js";
import type { Upload } from "./uploads.js";
import { isDigest } from "../model/digest.js";
import type { Digest } from "../model/oci.js";
import { Fault } from "./fault.js";

/** What the registry holds. */
export interface Holdings {
  readonly blobs: BlobBytes;
  readonly catalog: Catalog;
  /** Upload sessions by id. They end with the process. */
  readonly uploads: Map<string, Upload>;
  /** Lets sessions open one after the other. */
  readonly opening: Semaphore;
  /** 128 random bits in hex. */
  readonly token: () => string;
  readonly monotonic: () => number;
  /** Whether a manifest may name blobs that its repository lacks. */
  readonly requireBlobs: boolean;
}

/** One request, taken apart. */
export interface Call {
  readonly holdings: Holdings;
  readonly name: string;
  /** The last part of the path: a digest, a tag, an upload's id. */
  readonly reference: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The request's bytes, once. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** What a handler answers. A stream comes with its length, so that HEAD and GET say the same. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array | { readonly length: number; open(): AsyncIterable<Uint8Array> };
}

export type Handler = (call: Call) => Promise<Answer>;

/** The call's repository where anything was ever put into it, else NAME_UNKNOWN. */
export function knownRepository({ holdings, name }: Call): Repository {
  const repository = holdings.catalog.find(name);
  if (repository === undefined)
    throw new Fault("NAME_UNKNOWN", `repository ${name} is not known to this registry`);
  return repository;
}

/** The text as a digest, or DIGEST_INVALID. */
export function requireDigest(text: string | null): Digest {
  if (text !== null && isDigest(text)) return text;
  throw new Fault("DIGEST_INVALID", `expected sha256: or sha512: and lower-case hex, got "${text ?? ""}"`);
}

/** A JSON answer, with exactly this content type (clients compare manifests' types byte by byte). */
export function jsonAnswer(
  value: unknown,
  contentType: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status: 200,
    headers: { "Content-Type": contentType, ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

import type { RegistryHost } from "./host.js";
import type { Failure } from "./whole.js";

/**
 * The ways of sending a blob, each gentler than the one before: all of it in the PUT that commits it; all of it in one
 * PATCH before an empty PUT; in chunks.
 */
export type UploadWay = "put" | "patch" | "chunks";

const defaultChunk = 16 * 1024 * 1024;
/** What proxies take where nobody told them otherwise (nginx's client_max_body_size). */
const leastChunk = 1024 * 1024;

/** What was learnt of a registry's uploads from its refusals; kept for all that follow. */
export interface Learnt {
  way: UploadWay;
  /** Bytes of a chunk, where one of the default size was refused. */
  chunk: number | undefined;
  /** Whether it has taken badly to chunks, and gets none any more. */
  noChunks: boolean;
  /** Whether it has mounted a blob; false where it refused to, undefined where it was not asked. */
  mounts: boolean | undefined;
  /** Whether it has refused a body that was sent while it was made. */
  noDrafts: boolean;
}

/** How the first attempt goes: as learnt, or in chunks where the user set their size and the blob is larger. */
export function firstWay({ learnt, chunk }: RegistryHost, size: number): UploadWay {
  return chunk !== undefined && size > chunk && !learnt.noChunks ? "chunks" : learnt.way;
}

/** Bytes in a chunk: the last one of an upload may be shorter. */
export function chunkOf({ learnt, chunk }: RegistryHost): number {
  return learnt.chunk ?? chunk ?? defaultChunk;
}

/** The way of the next attempt, the same or the next rung; undefined where there is none to be made. */
export function climb(
  host: RegistryHost,
  way: UploadWay,
  { failure, broken, size }: { readonly failure: Failure; readonly broken: number; readonly size: number },
): UploadWay | undefined {
  const { reason } = failure;
  if (reason === "refused") return undefined;
  if (reason === "too large" && way === "chunks") return shrink(host) ? way : undefined;
  if (reason === "refused way" || reason === "too large") {
    const next = way === "put" ? "patch" : way === "patch" && takesChunks(host) ? "chunks" : undefined;
    if (next !== undefined) host.learnt.way = next;
    return next;
  }
  if (reason === "no chunks") {
    Object.assign(host.learnt, { way: "put", noChunks: true } satisfies Partial<Learnt>);
    return "put";
  }
  // A connection that broke twice under one body may live long enough for a part of it.
  const large = size > chunkOf(host);
  return reason === "broken" && broken >= 2 && large && takesChunks(host) ? "chunks" : way;
}

function shrink({ learnt, chunk }: RegistryHost): boolean {
  const now = learnt.chunk ?? chunk ?? defaultChunk;
  if (now <= leastChunk) return false;
  learnt.chunk = Math.max(leastChunk, now / 4);
  return true;
}

/** Google's registries take no chunks. */
function takesChunks(host: RegistryHost): boolean {
  return !host.learnt.noChunks && !isGoogles(host);
}

/**
 * Whether a blob may be sent while it is made: in one PATCH, and not where the user wants chunks. Google's registries
 * want to know its size beforehand.
 */
export function takesDrafts(host: RegistryHost, size: number | undefined): boolean {
  const { chunk, learnt } = host;
  if (chunk !== undefined || learnt.noDrafts || learnt.way === "chunks") return false;
  return size !== undefined || !isGoogles(host);
}

function isGoogles({ registry }: RegistryHost): boolean {
  return /(?:^|\.)(?:gcr\.io|pkg\.dev)$/.test(registry);
}

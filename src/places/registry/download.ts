import { during, GantryError } from "../../errors.js";
import { TransportFailure, type Reply } from "../../http/errors.js";
import { readUpTo } from "../../http/read.js";
import { isPassingFailure } from "../../http/retry.js";
import type { HttpRequest, HttpResponse } from "../../http/send.js";
import type { OpenOptions } from "../../model/content.js";
import { verified } from "../../model/digest.js";
import type { Descriptor } from "../../model/oci.js";
import { pullScopes, shortDigest, type RegistryHost } from "./host.js";

/** Tries in a row that gained next to nothing before a download is given up. */
const fruitless = 3;
/** Bytes that count as a gain: a registry that dribbles is as good as silent. */
const gain = 65_536;

/**
 * A blob's bytes from `start`, taken up again with a Range request where a connection breaks. Read from 0 they are
 * verified against the descriptor; from further on only their number is.
 */
export async function* readBlob(
  host: RegistryHost,
  repository: string,
  { descriptor, start = 0, signal, onEvent }: OpenOptions & { readonly descriptor: Descriptor },
): AsyncGenerator<Uint8Array, void, undefined> {
  const what = `blob ${shortDigest(descriptor.digest)} of ${host.registry}/${repository}`;
  const request: HttpRequest = {
    method: "GET",
    url: host.at(`${repository}/blobs/${descriptor.digest}`),
    lane: "download",
    scopes: pullScopes(repository),
    signal,
    onEvent,
  };
  const bytes = resumed(host, request, { start, size: descriptor.size, what });
  yield* start === 0 ? verified(bytes, descriptor, what) : bytes;
}

async function* resumed(
  host: RegistryHost,
  request: HttpRequest,
  { start, size, what }: { readonly start: number; readonly size: number; readonly what: string },
): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = start;
  let failures = 0;
  while (offset < size) {
    const before = offset;
    const response = await begin(host, request, { offset, size, what });
    try {
      for await (const chunk of fromOffset(response, offset, what)) {
        offset += chunk.length;
        yield chunk;
      }
      if (offset < size) throw shortened(what, { size, offset });
    } catch (error) {
      if (!(error instanceof TransportFailure)) throw error;
      failures = offset - before >= gain ? 1 : failures + 1;
      if (failures > fruitless || !isPassingFailure(error)) {
        error.attempts = failures;
        const got = `expected ${size} bytes, got ${offset}`;
        throw error.code === ended
          ? mismatch(what, got)
          : during(`${what}: ${got}`, host.failure(request, error));
      }
      await host.backoff.pause(failures, { signal: request.signal });
    } finally {
      response.discard();
    }
  }
}

const ended = "ESHORT";

/** An answer that ends in good order and too soon: the rest may come when it is asked for. */
function shortened(
  what: string,
  { size, offset }: { readonly size: number; readonly offset: number },
): TransportFailure {
  return new TransportFailure(ended, `${what}: expected ${size} bytes, got ${offset}`);
}

function mismatch(what: string, got: string): GantryError {
  return new GantryError("ERR_GANTRY_CONTENT_MISMATCH", `${what} is not what its descriptor says: ${got}`);
}

async function begin(
  host: RegistryHost,
  request: HttpRequest,
  { offset, size, what }: { readonly offset: number; readonly size: number; readonly what: string },
): Promise<HttpResponse> {
  const response = await ask(host, request, offset);
  const { status, headers } = response;
  if (status === 416 && offset > 0) {
    // It knows no such range: all of it is asked for, and what is known is passed over.
    response.discard();
    return await begin(host, request, { offset: 0, size, what });
  }
  if (status === 200 || (status === 206 && offset > 0)) {
    const length = headers["content-length"];
    if (status === 200 && length !== undefined && Number(length) !== size) {
      response.discard();
      throw mismatch(what, `expected ${size} bytes, got ${Number(length)}`);
    }
    return response;
  }
  const bytes = await readUpTo(response, 65_536);
  const reply: Reply = { ...response, method: request.method, bytes, attempts: response.attempts ?? 1 };
  throw await host.refusal(reply, request);
}

async function ask(host: RegistryHost, request: HttpRequest, offset: number): Promise<HttpResponse> {
  const headers = { accept: "*/*", ...(offset === 0 ? {} : { range: `bytes=${offset}-` }) };
  try {
    return await host.stream({ ...request, headers });
  } catch (error) {
    throw error instanceof TransportFailure ? host.failure(request, error) : error;
  }
}

/** The part of the response from `offset` on: all of a 206 that begins there, a 200 without its first bytes. */
async function* fromOffset(
  response: HttpResponse,
  offset: number,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let skip = response.status === 200 ? offset : 0;
  const range = /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(response.headers["content-range"] ?? "")?.[1];
  if (response.status === 206 && Number(range) !== offset) {
    throw new GantryError(
      "ERR_GANTRY_REGISTRY",
      `${what}: asked for the bytes from ${offset}, was sent those from ${range ?? "an unnamed place"}`,
    );
  }
  for await (const chunk of response.body) {
    if (skip < chunk.length) yield skip === 0 ? chunk : chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}

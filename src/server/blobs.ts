import type { Digest } from "../model/oci.js";
import { knownRepository, requireDigest, type Answer, type Call } from "./call.js";
import { Fault } from "./fault.js";

/** GET and HEAD of a blob, whole or one range of it (distribution-spec spec.md, "Pulling blobs"; RFC 9110 section 14). */
export async function readBlob(call: Call): Promise<Answer> {
  const { digest, size } = await findBlob(call);
  const headers = {
    "Content-Type": "application/octet-stream",
    "Docker-Content-Digest": digest,
    "Accept-Ranges": "bytes",
  };
  const range = parseRange(call.headers.range, size);
  const { start, end } = range ?? { start: 0, end: size };
  const body = { length: end - start, open: () => call.holdings.blobs.read(digest, { start, end }) };
  if (range === undefined) return { status: 200, headers, body };
  return { status: 206, headers: { ...headers, "Content-Range": `bytes ${start}-${end - 1}/${size}` }, body };
}

/** DELETE of a blob: gone from this repository, whoever else has it. */
export async function deleteBlob(call: Call): Promise<Answer> {
  const { digest } = await findBlob(call);
  await knownRepository(call).removeBlob(digest);
  return { status: 202 };
}

/** The order matters: what was marked as used before it is looked for is not collected once it was found. */
async function findBlob(call: Call): Promise<{ readonly digest: Digest; readonly size: number }> {
  const digest = requireDigest(call.reference);
  const has = call.holdings.catalog.find(call.name)?.blobs.has(digest) ?? false;
  if (has) await call.holdings.blobs.keep(digest);
  const size = has ? await call.holdings.blobs.size(digest) : undefined;
  if (size === undefined) throw new Fault("BLOB_UNKNOWN", `blob ${digest} is not in repository ${call.name}`);
  return { digest, size };
}

/** The one range asked for, its end exclusive; undefined (send all) for several ranges or another unit, as RFC 9110 allows. */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const [, first = "", last = ""] = match;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
  if (start < end) return { start, end };
  throw new Fault("SIZE_INVALID", `range ${header} is outside the blob's ${size} bytes`, {
    status: 416,
    headers: { "Content-Range": `bytes */${size}` },
  });
}

import type { BlobWriter } from "../blobs/store.js";
import { GantryError } from "../errors.js";
import type { Digest } from "../model/oci.js";
import { requireDigest, type Answer, type Call, type Holdings } from "./call.js";
import { Fault } from "./fault.js";

/** An upload session (distribution-spec spec.md, "Pushing blobs"). */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  readonly writer: BlobWriter;
  /** A request is writing to it. */
  busy: boolean;
  /** When it was last used, in milliseconds of the holdings' clock. */
  used: number;
}

/** A session that nobody has used for this long (an hour) is given up when another begins. */
const idleLimit = 60 * 60 * 1000;
/** Each holds a file open: of more sessions than this the one longest unused is given up. */
const sessionLimit = 512;

/** POST: mounts a blob, takes it whole (`?digest=`), or opens a session. */
export async function startUpload(call: Call): Promise<Answer> {
  const mount = call.query.get("mount");
  if (mount !== null) {
    const digest = requireDigest(mount);
    if (await canMount(call, digest)) {
      await call.holdings.catalog.at(call.name).addBlob(digest);
      return created(call, digest);
    }
  }
  const digest = call.query.has("digest") ? requireDigest(call.query.get("digest")) : undefined;
  const upload = await openUpload(call, digest ?? call.query.get("digest-algorithm") ?? "sha256");
  if (digest === undefined) return session(202, upload);
  return await receiveLast(call, upload, digest);
}

/** GET: how far the session has come. */
export async function showUpload(call: Call): Promise<Answer> {
  return session(204, findUpload(call));
}

/** PATCH: one chunk, or all in one stream without a length. */
export async function patchUpload(call: Call): Promise<Answer> {
  const upload = findUpload(call);
  await receive(call, upload);
  return session(202, upload);
}

/** PUT: the last bytes, if any, and the digest that all of them must have. */
export async function finishUpload(call: Call): Promise<Answer> {
  const digest = requireDigest(call.query.get("digest"));
  return await receiveLast(call, findUpload(call), digest);
}

/** DELETE: the session and its bytes are gone. */
export async function cancelUpload(call: Call): Promise<Answer> {
  const upload = findUpload(call);
  call.holdings.uploads.delete(upload.id);
  await upload.writer.abort();
  return { status: 204 };
}

/** Without `from`, any repository of this registry will do: there is no one to hide them from. */
async function canMount({ holdings, query }: Call, digest: Digest): Promise<boolean> {
  const { catalog, blobs } = holdings;
  const from = query.get("from");
  const linked = from === null ? catalog.holds(digest) : (catalog.find(from)?.blobs.has(digest) ?? false);
  if (!linked) return false;
  await blobs.keep(digest);
  return (await blobs.size(digest)) !== undefined;
}

/** One at a time: of many that begin at once, each finds those before it counted. */
function openUpload({ holdings, name }: Call, wanted: string): Promise<Upload> {
  const algorithm = wanted.startsWith("sha512") ? "sha512" : "sha256";
  return holdings.opening.run(async () => {
    await dropIdle(holdings);
    const upload = {
      id: holdings.token(),
      repository: name,
      writer: await holdings.blobs.create({ algorithm }),
      busy: false,
      used: holdings.monotonic(),
    };
    holdings.uploads.set(upload.id, upload);
    return upload;
  });
}

async function dropIdle({ uploads, monotonic }: Holdings): Promise<void> {
  const unused = [...uploads.values()].filter(({ busy }) => !busy).sort((a, b) => a.used - b.used);
  const excess = Math.max(0, uploads.size - sessionLimit + 1);
  const idle = unused.filter(({ used }, at) => at < excess || monotonic() - used > idleLimit);
  for (const { id, writer } of idle) {
    uploads.delete(id);
    await writer.abort();
  }
}

function findUpload({ holdings, name, reference }: Call): Upload {
  const upload = holdings.uploads.get(reference);
  if (upload?.repository === name) {
    upload.used = holdings.monotonic();
    return upload;
  }
  throw new Fault(
    "BLOB_UPLOAD_UNKNOWN",
    `there is no upload ${reference} in repository ${name}: begin another`,
  );
}

async function receiveLast(call: Call, upload: Upload, digest: Digest): Promise<Answer> {
  await receive(call, upload);
  call.holdings.uploads.delete(upload.id);
  try {
    await upload.writer.commit({ digest });
  } catch (error) {
    if (!(error instanceof GantryError) || error.code !== "ERR_GANTRY_CONTENT_MISMATCH") throw error;
    throw new Fault("DIGEST_INVALID", error.message);
  }
  await call.holdings.catalog.at(call.name).addBlob(digest);
  return created(call, digest);
}

/** Appends the request's bytes. What arrives before a connection breaks stays: the client asks how much and goes on. */
async function receive(call: Call, upload: Upload): Promise<void> {
  checkStart(call, upload);
  upload.busy = true;
  try {
    for await (const bytes of call.body) await upload.writer.write(bytes);
  } finally {
    upload.busy = false;
    upload.used = call.holdings.monotonic();
  }
}

/** Refuses, before a byte is taken, what does not continue where the session ends; the session survives. */
function checkStart({ headers }: Call, upload: Upload): void {
  if (upload.busy) throw outOfOrder(upload, "another request is writing to this upload");
  const range = headers["content-range"];
  if (range === undefined) return;
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(range);
  if (match === null) throw new Fault("BLOB_UPLOAD_INVALID", `Content-Range "${range}" is not START-END`);
  const [start, last] = [Number(match[1]), Number(match[2])];
  if (start !== upload.writer.size) {
    throw outOfOrder(upload, `the chunk begins at ${start}, expected ${upload.writer.size}`);
  }
  const length = headers["content-length"];
  if (length !== undefined && Number(length) !== last - start + 1) {
    throw new Fault("SIZE_INVALID", `Content-Range "${range}" does not fit Content-Length ${length}`);
  }
}

function outOfOrder(upload: Upload, message: string): Fault {
  return new Fault("BLOB_UPLOAD_INVALID", message, { status: 416, headers: progress(upload) });
}

function session(status: number, upload: Upload): Answer {
  return { status, headers: progress(upload) };
}

/** `0-0` stands for no byte and for one: the specification's range cannot tell them apart. */
function progress({ id, repository, writer }: Upload): Readonly<Record<string, string>> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    Range: `0-${Math.max(0, writer.size - 1)}`,
    "Docker-Upload-UUID": id,
  };
}

function created({ name }: Call, digest: Digest): Answer {
  return {
    status: 201,
    headers: { Location: `/v2/${name}/blobs/${digest}`, "Docker-Content-Digest": digest },
  };
}

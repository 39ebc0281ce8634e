import { readFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { unitsOf, workOn } from "./least-work.js";

/**
 * `node least-change.js FOLDER HOST LAYOUT`: what no build can leave out where a file of another, small layer changed.
 * The folder is listed by two threads; then the image of the layout, with that small layer alone, is sent. Nothing is
 * packed, hashed, kept or told.
 */
const [folder = "", host = "", layout = ""] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });

interface Described {
  readonly mediaType: string;
  readonly digest: string;
}

const next = new SharedArrayBuffer(4);
const worker = new Worker(new URL("./least.js", import.meta.url), {
  workerData: { depth: "list", folder, next },
});
const listed = new Promise((resolve, reject) => worker.on("message", resolve).on("error", reject));
workOn(unitsOf(folder), "list", next);
await listed;
const [root] = (JSON.parse(read("index.json").toString()) as { readonly manifests: readonly Described[] })
  .manifests;
const manifest = readBlob(root!);
const { config, layers } = JSON.parse(manifest.toString()) as {
  readonly config: Described;
  readonly layers: readonly Described[];
};
await Promise.all([config, ...layers].map(sendBlob));
await ask("PUT", urlOf("manifests/1"), { type: root!.mediaType, body: manifest });
process.exit();

function read(path: string): Buffer {
  return readFileSync(join(layout, path));
}

function readBlob({ digest }: Described): Buffer {
  return read(join("blobs", ...digest.split(":")));
}

function urlOf(path: string): URL {
  return new URL(`http://${host}/v2/bench/app/${path}`);
}

async function sendBlob(blob: Described): Promise<void> {
  const session = await ask("POST", urlOf("blobs/uploads/"), {
    type: "application/octet-stream",
    body: Buffer.alloc(0),
  });
  session.searchParams.set("digest", blob.digest);
  await ask("PUT", session, { type: "application/octet-stream", body: readBlob(blob) });
}

/** Where the answer says to go on. */
async function ask(
  method: string,
  url: URL,
  { type, body }: { readonly type: string; readonly body: Buffer },
): Promise<URL> {
  const headers = { "content-type": type, "content-length": body.length };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method, headers, agent }, resolve).on("error", reject).end(body);
  });
  answer.resume();
  if ((answer.statusCode ?? 500) >= 300)
    throw new Error(`${method} ${url.pathname} was answered ${answer.statusCode}`);
  return new URL(answer.headers.location ?? "", url);
}

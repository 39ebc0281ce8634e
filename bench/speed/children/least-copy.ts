import { connect, type Socket } from "node:net";
import { Agent, type IncomingMessage, request } from "node:http";

/**
 * `node least-copy.js HOST NAME TO`: the blobs of an image moved from one registry to another by sockets joined to each
 * other: nothing is verified, nothing asked, no error handled. What no copy by Node can be faster than.
 */
const [from = "", name = "", to = ""] = process.argv.slice(2);
const [repository = "", tag = ""] = name.split(":");
const agent = new Agent({ keepAlive: true });
/** Bytes read at once, and pieces of them under way for each blob. */
const [pieceSize, pieces] = [1 << 19, 4];

interface Document {
  readonly mediaType: string;
  readonly config: Blob;
  readonly layers: readonly Blob[];
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}

const accept = "application/vnd.oci.image.manifest.v1+json";
const text = await ask("GET", urlOf(from, `manifests/${tag}`), { headers: { accept } });
const manifest = JSON.parse(text.body) as Document;
await Promise.all([manifest.config, ...manifest.layers].map(moveBlob));
const headers = { "content-type": manifest.mediaType, "content-length": Buffer.byteLength(text.body) };
await ask("PUT", urlOf(to, `manifests/${tag}`), { headers, body: text.body });
process.exit();

function urlOf(host: string, path: string): URL {
  return new URL(`http://${host}/v2/${repository}/${path}`);
}

async function moveBlob(blob: Blob): Promise<void> {
  const { location } = await ask("POST", urlOf(to, "blobs/uploads/"), { headers: { "content-length": 0 } });
  location.searchParams.set("digest", blob.digest);
  await new Promise<void>((resolve) => {
    const target = connect({ host: location.hostname, port: Number(location.port) });
    target.write(head("PUT", location, `content-length: ${blob.size}\r\n`));
    target.once("data", (answer) => {
      if (!answer.toString().startsWith("HTTP/1.1 201")) throw new Error(answer.toString());
      target.destroy();
      resolve();
    });
    readInto(target, blob);
  });
}

function readInto(target: Socket, { digest, size }: Blob): void {
  const free = Array.from({ length: pieces }, () => new Uint8Array(pieceSize));
  let piece: Uint8Array<ArrayBuffer>;
  let moved = -1;
  const url = urlOf(from, `blobs/${digest}`);
  const source = connect({
    host: url.hostname,
    port: Number(url.port),
    onread: {
      buffer: () => (piece = free.pop()!),
      callback: (length, memory) => {
        const taken = piece;
        const bytes = Buffer.from(memory.buffer as ArrayBuffer, memory.byteOffset, length);
        const body = moved === -1 ? bytes.subarray(bytes.indexOf("\r\n\r\n") + 4) : bytes;
        moved = Math.max(moved, 0) + body.length;
        target.write(body, () => {
          free.push(taken);
          source.resume();
        });
        if (moved === size) source.destroy();
        // Memory for the next read is taken right after this, even if none follows for now.
        return free.length > 1;
      },
    },
  });
  source.write(head("GET", url, ""));
}

function head(method: string, { host, pathname, search }: URL, field: string): string {
  return `${method} ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n${field}\r\n`;
}

/** A short answer, and where it says to go on. */
function ask(
  method: string,
  url: URL,
  { headers, body }: { readonly headers: Record<string, string | number>; readonly body?: string },
): Promise<{ readonly body: string; readonly location: URL }> {
  return new Promise((resolve, reject) => {
    const take = async (answer: IncomingMessage) => {
      let text = "";
      for await (const bytes of answer) text += String(bytes);
      if ((answer.statusCode ?? 500) >= 300) reject(new Error(`${method} ${url.pathname}: ${text}`));
      else resolve({ body: text, location: new URL(answer.headers.location ?? "", url) });
    };
    request(url, { method, headers, agent }, (answer) => void take(answer))
      .on("error", reject)
      .end(body);
  });
}

import { createReadStream, statSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { pipeline } from "node:stream/promises";

/** Sends a file as a blob to a registry, with no more requests than that takes. */
export async function sendBlob(host: string, file: string, digest: string): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const session = await answerTo("POST", new URL(`http://${host}/v2/bench/bytes/blobs/uploads/`), { agent });
  const filled = await answerTo("PATCH", session, { agent, file });
  filled.searchParams.set("digest", digest);
  await answerTo("PUT", filled, { agent });
  agent.destroy();
}

/** Where the answer says to go on. */
async function answerTo(
  method: string,
  url: URL,
  { agent, file }: { readonly agent: Agent; readonly file?: string },
): Promise<URL> {
  const headers =
    file === undefined
      ? { "content-length": 0 }
      : { "content-length": statSync(file).size, "content-type": "application/octet-stream" };
  const message = request(url, { method, agent, headers });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    message.on("response", resolve).on("error", reject);
  });
  if (file === undefined) message.end();
  else await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), message);
  const reply = (await answer).resume();
  if (reply.statusCode !== 201 && reply.statusCode !== 202)
    throw new Error(`${method} was answered ${reply.statusCode}`);
  return new URL(reply.headers.location ?? "", url);
}

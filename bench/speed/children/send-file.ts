import { createReadStream, statSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { pipeline } from "node:stream/promises";

/**
 * Sends a file as a blob and does nothing else: `node send-file.js HOST FILE DIGEST`. What a builder of the same layer
 * cannot be faster than.
 */
const [host = "", file = "", digest = ""] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });

const session = await answerTo("POST", new URL(`http://${host}/v2/bench/bytes/blobs/uploads/`));
const filled = await answerTo("PATCH", session, file);
filled.searchParams.set("digest", digest);
await answerTo("PUT", filled);
agent.destroy();

/** Where the answer says to go on. */
async function answerTo(method: string, url: URL, body?: string): Promise<URL> {
  const headers =
    body === undefined
      ? { "content-length": 0 }
      : { "content-length": statSync(body).size, "content-type": "application/octet-stream" };
  const message = request(url, { method, agent, headers });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    message.on("response", resolve).on("error", reject);
  });
  if (body === undefined) message.end();
  else await pipeline(createReadStream(body, { highWaterMark: 1 << 20 }), message);
  const reply = (await answer).resume();
  if (reply.statusCode !== 201 && reply.statusCode !== 202)
    throw new Error(`${method} was answered ${reply.statusCode}`);
  return new URL(reply.headers.location ?? "", url);
}

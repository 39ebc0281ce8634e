import type { HttpResponse } from "./send.js";

/** The response's body up to `limit` bytes; what is beyond is given up, so compare lengths where that matters. */
export async function readUpTo(response: HttpResponse, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

import type { OnSpan, RunningSpan } from "../model/spans.js";
import { redactUrl } from "./errors.js";
import type { HttpRequest, HttpResponse, RequestBody, Send } from "./send.js";

interface Moved {
  sent: number;
  received: number;
}

/** The sender, with every request as a span from its first byte to its answer's last; itself where nobody listens. */
export function tellRequests(send: Send, onSpan: OnSpan | undefined): Send {
  if (onSpan === undefined) return send;
  return async (request) => {
    const { body, method, url } = request;
    const name = `${method} ${redactUrl(url).slice(url.origin.length)}`;
    const span = onSpan({ kind: "request", lane: url.host, name }, body === undefined ? "wait" : "send");
    const moved: Moved = { sent: 0, received: 0 };
    let over = false;
    const end = (status?: number) => {
      if (!over)
        span.end({
          bytesIn: moved.received,
          bytesOut: moved.sent,
          ...(status === undefined ? {} : { status }),
        });
      over = true;
    };
    try {
      const response = await send(withCount(request, moved, span));
      span.phase("receive");
      if (isEmpty(method, response)) end(response.status);
      return watched(response, moved, () => end(response.status));
    } catch (error) {
      end();
      throw error;
    }
  };
}

function withCount(request: HttpRequest, moved: Moved, span: RunningSpan): HttpRequest {
  const { body } = request;
  if (body === undefined) return request;
  const open: RequestBody["open"] = async function* (signal) {
    span.phase("source");
    for await (const chunk of body.open(signal)) {
      span.phase("send");
      moved.sent += chunk.length;
      yield chunk;
      span.phase("source");
    }
    span.phase("wait");
  };
  return { ...request, body: { ...body, open } };
}

/** The answer to a HEAD need not be read by whoever asked. */
function isEmpty(method: string, { headers, status }: HttpResponse): boolean {
  return method === "HEAD" || status === 204 || headers["content-length"] === "0";
}

function watched(response: HttpResponse, moved: Moved, end: () => void): HttpResponse {
  return {
    ...response,
    body: (async function* () {
      try {
        for await (const chunk of response.body) {
          moved.received += chunk.length;
          yield chunk;
        }
      } finally {
        end();
      }
    })(),
    discard: () => {
      response.discard();
      end();
    },
  };
}

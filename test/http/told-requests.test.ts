import assert from "node:assert/strict";
import { test } from "node:test";
import { tellRequests } from "../../src/http/told-requests.js";
import type { HttpRequest, HttpResponse, Send } from "../../src/http/send.js";
import type { OnSpan } from "../../src/model/spans.js";

/** Everything told of spans, in order. */
function listen(): { readonly told: string[]; readonly onSpan: OnSpan } {
  const told: string[] = [];
  return {
    told,
    onSpan: ({ lane, name }, first) => {
      told.push(`${lane} ${name}: ${first ?? ""}`);
      return {
        phase: (phase) => void told.push(phase),
        end: (outcome) => void told.push(JSON.stringify(outcome)),
      };
    },
  };
}

const url = new URL("http://registry.test:5000/v2/app/blobs/uploads/1?_state=secret&digest=sha256:12");
const get: HttpRequest = { method: "GET", url, lane: "control" };

async function* chunks(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield new Uint8Array(size);
}

function answering(
  status: number,
  body: readonly number[] = [],
  headers: HttpResponse["headers"] = {},
): Send {
  return async (request) => {
    if (request.body !== undefined) for await (const _ of request.body.open());
    return { status, headers, url: request.url, body: chunks(...body), discard: () => undefined };
  };
}

const body = { size: 5, replayable: true, open: () => chunks(2, 3) };

test("a request is told in its phases, with its bytes and without its secrets", async () => {
  const { told, onSpan } = listen();
  const response = await tellRequests(answering(201, [4, 4]), onSpan)({ ...get, method: "PUT", body });
  for await (const _ of response.body);
  assert.deepEqual(told, [
    "registry.test:5000 PUT /v2/app/blobs/uploads/1?_state=REDACTED&digest=sha256:12: send",
    ...["source", "send", "source", "send", "source"],
    "wait",
    "receive",
    '{"bytesIn":8,"bytesOut":5,"status":201}',
  ]);
});

test("a request ends once: with its body read or given up, at once where there is none, or with its failure", async () => {
  const endings: readonly (readonly [Send, HttpRequest, (response: HttpResponse) => unknown, string])[] = [
    [answering(200, [4]), get, (response) => response.discard(), '{"bytesIn":0,"bytesOut":0,"status":200}'],
    [answering(404), { ...get, method: "HEAD" }, () => undefined, '{"bytesIn":0,"bytesOut":0,"status":404}'],
    [
      answering(201, [], { "content-length": "0" }),
      get,
      (response) => response.discard(),
      '{"bytesIn":0,"bytesOut":0,"status":201}',
    ],
    [() => Promise.reject(new Error("reset")), get, () => undefined, '{"bytesIn":0,"bytesOut":0}'],
  ];
  for (const [send, request, finish, end] of endings) {
    const { told, onSpan } = listen();
    await tellRequests(send, onSpan)(request).then(finish, () => undefined);
    assert.deepEqual([told.at(-1), told.filter((line) => line.startsWith("{")).length], [end, 1]);
  }
});

test("a body that is given up in its midst counts what was read", async () => {
  const { told, onSpan } = listen();
  const response = await tellRequests(answering(200, [4, 4]), onSpan)(get);
  for await (const _ of response.body) break;
  assert.equal(told.at(-1), '{"bytesIn":4,"bytesOut":0,"status":200}');
});

test("nothing is wrapped where nobody listens", () => {
  const send = answering(200);
  assert.equal(tellRequests(send, undefined), send);
});

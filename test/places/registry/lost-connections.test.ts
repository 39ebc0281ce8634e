import assert from "node:assert/strict";
import test from "node:test";
import { certificateFile } from "../../support/certificates.js";
import { first, startFaultRegistry, type Seen } from "../../support/fault-registry.js";
import { startHttps } from "../../support/https-front.js";
import { image, layer } from "./images.js";
import { assertReadable, openSession, push } from "./setup.js";

const size = 400_000;
const isLayerPut = ({ method, path, headers }: Seen) =>
  method === "PUT" && path.includes("/blobs/uploads/") && Number(headers["content-length"]) === size;

// HTTP/2's RST_STREAM and GOAWAY cannot come where HTTP/1.1 is all that is spoken; what they end, a lost connection ends.
test("D81 nothing but HTTP/1.1 is offered, and a body whose connection is lost under TLS begins anew in another session", async (t) => {
  const registry = await startFaultRegistry(t, first(isLayerPut, { resetAfter: size / 2 }));
  const offered: string[] = [];
  const front = await startHttps(t, registry.host, {
    ALPNCallback: ({ protocols }) => {
      offered.push(...protocols);
      return protocols.find((protocol) => protocol === "h2") ?? "http/1.1";
    },
  });
  const host = `localhost:${front.port}`;
  const session = openSession(t, {
    registries: { [host]: { plainHttp: false, ca: [certificateFile("ca.crt")] } },
  });
  const root = image([layer("a", size)]);
  await push(session, root, [`${host}/app:1`]);
  const sessions = registry.seen.filter(isLayerPut).map(({ path }) => path.split("?")[0]);
  assert.equal(sessions.length, 2);
  assert.notEqual(sessions[0], sessions[1]);
  // Some versions of Node name it, others offer nothing, which means the same.
  assert.ok(
    offered.every((protocol) => protocol === "http/1.1"),
    offered.join(),
  );
  await assertReadable(session, root, `${host}/app:1`);
});

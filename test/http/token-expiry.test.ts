import assert from "node:assert/strict";
import test from "node:test";
import { image, layer } from "../places/registry/images.js";
import { assertReadable, openSession, push } from "../places/registry/setup.js";
import { ali, guarded } from "./guarded.js";

/** How often the token ends while a body is on its way; two times are survived. */
for (const [rounds, ok] of [
  [1, true],
  [2, true],
  [Number.POSITIVE_INFINITY, false],
] as const) {
  test(`E88 a token that ends during ${rounds} uploads of one blob: ${ok ? "new sessions, and success" : "an error after few rounds"}`, async (t) => {
    let ended = 0;
    const refused = new Set<string>();
    const bodies = new Map<string, number>();
    const { proxy } = await guarded(t, {}, ({ method, path }, server) => {
      const isUpload = (method === "PUT" || method === "PATCH") && path.includes("/blobs/uploads/");
      const digest = new URL(path, "http://registry.test").searchParams.get("digest") ?? "";
      if (isUpload) bodies.set(digest, (bodies.get(digest) ?? 0) + 1);
      if (!isUpload || ended >= rounds) return undefined;
      ended++;
      refused.add(path.split("?")[0]!);
      server.revoke();
      return undefined;
    });
    const root = image([layer("a", 200_000)]);
    const session = openSession(t, { credentials: ali, concurrency: 1 });
    const pushed = push(session, root, [`${proxy.host}/app:1`]);
    if (ok) {
      await pushed;
      await assertReadable(session, root, `${proxy.host}/app:1`);
    } else {
      await assert.rejects(pushed, { code: "ERR_GANTRY_UNAUTHORIZED" });
    }
    assert.equal(refused.size, ended, "no session gets a body twice");
    for (const [digest, count] of bodies) assert.ok(count <= 3, `${digest} was sent ${count} times`);
  });
}

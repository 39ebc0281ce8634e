import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Content } from "../../src/model/content.js";
import { parseReference } from "../../src/model/reference.js";
import { createRegistry } from "../../src/server/registry.js";
import { uploadBlob } from "../../src/places/registry/upload.js";
import { bareSystem, bytesOf, image, layer } from "../places/registry/images.js";
import { assertReadable, openSession, push } from "../places/registry/setup.js";
import { startFront, type Seen } from "../support/fault-registry.js";
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

const refusedBody = ["PUT 401", "DELETE", "HEAD", "POST"];

for (const [slow, requests, ok] of [
  [1, ["POST", ...refusedBody, "PUT"], true],
  [2, ["POST", ...refusedBody, ...refusedBody, "PUT"], true],
  [9, ["POST", ...refusedBody, ...refusedBody, ...refusedBody.slice(0, -1)], false],
] as const) {
  test(`E88 ${slow} bodies of 10 s on tokens of 2 s: each is refused at its end, looked for and sent in a new session, ${ok ? "and arrives" : "three times at most"}`, async (t) => {
    const clock = createClock();
    const scene = await shortLived(t, clock, { expires_in: 2 });
    const blob = slowly(layer("a", 200_000), { clock, times: slow });
    const session = openSession(t, { credentials: ali, system: clock.system });
    const uploaded = uploadBlob({ host: await session.open(scene.host), repository: "app" }, blob, {});
    if (ok) await uploaded;
    else await assert.rejects(uploaded, { code: "ERR_GANTRY_UNAUTHORIZED" });
    assert.deepEqual(
      scene.log.map(({ seen, live }) => (live ? seen.method : `${seen.method} 401`)),
      requests,
    );
    const bodies = scene.log.filter(({ seen }) => seen.method === "PUT").map(({ seen }) => seen);
    assert.ok(
      bodies.every(({ bytes }) => bytes === 200_000),
      "the refusal came after the body",
    );
    for (const own of [
      ({ path }: Seen) => path.split("?")[0],
      ({ headers }: Seen) => headers["authorization"],
    ])
      assert.equal(
        new Set(bodies.map(own)).size,
        bodies.length,
        "each has its own session, and its own token",
      );
    assert.match(
      scene.log.find(({ seen }) => seen.method === "HEAD")!.seen.path,
      new RegExp(blob.descriptor.digest),
    );
    if (!ok) return;
    const read = session.source(parseReference(`${scene.host}/app`)).read(blob.descriptor);
    assert.deepEqual(await bytesOf(read), await bytesOf(layer("a", 200_000).open()));
  });
}

for (const [what, fields, seconds] of [
  ["no expires_in", {}, 60],
  ["expires_in 1", { expires_in: 1 }, 1],
  ["expires_in 0", { expires_in: 0 }, 60],
  ["expires_in as a text", { expires_in: "300" }, 60],
  ["expires_in 300", { expires_in: 300 }, 300],
] as const) {
  test(`E87 a token with ${what} is used for four fifths of ${seconds} s, then fetched anew`, async (t) => {
    const clock = createClock();
    const scene = await shortLived(t, clock, fields);
    const source = openSession(t, { credentials: ali, system: clock.system }).source(
      parseReference(`${scene.host}/app:1`),
    );
    const ask = () => assert.rejects(source.resolve(), { code: "ERR_GANTRY_NOT_FOUND" });
    for (let at = 0; at < 10; at++) await ask();
    clock.pass(seconds * 800 - 1);
    await ask();
    assert.equal(scene.tokens(), 1);
    clock.pass(1);
    await ask();
    assert.equal(scene.tokens(), 2);
  });
}

interface Clock {
  readonly system: ReturnType<typeof bareSystem>;
  now(): number;
  pass(ms: number): void;
}

function createClock(): Clock {
  let ms = 0;
  return {
    system: { ...bareSystem(), monotonic: () => ms },
    now: () => ms,
    pass: (more) => void (ms += more),
  };
}

/** The content, whose first so many readings take 10 s by the clock. */
function slowly(
  content: Content,
  { clock, times }: { readonly clock: Clock; readonly times: number },
): Content {
  let left = times;
  return {
    ...content,
    async *open(options) {
      if (left-- > 0) clock.pass(10_000);
      yield* content.open(options);
    },
  };
}

/** A registry whose tokens end by the test's clock, as they say or after a minute. */
async function shortLived(
  t: TestContext,
  clock: Clock,
  fields: { readonly expires_in?: unknown },
): Promise<{
  readonly host: string;
  /** The requests that had a token, and whether it was live. */
  readonly log: readonly { readonly seen: Seen; readonly live: boolean }[];
  /** How many were made. */
  tokens(): number;
}> {
  const lifetime = typeof fields.expires_in === "number" && fields.expires_in > 0 ? fields.expires_in : 60;
  const issued = new Map<string, number>();
  const tokens = await startFront(t, undefined, () => {
    const token = `token-${issued.size}`;
    issued.set(`Bearer ${token}`, clock.now());
    return { status: 200, body: JSON.stringify({ token, ...fields }) };
  });
  const registry = await createRegistry();
  t.after(() => registry.close());
  const log: { readonly seen: Seen; readonly live: boolean }[] = [];
  const front = await startFront(t, registry.host, (seen) => {
    const at = issued.get(String(seen.headers["authorization"]));
    const live = at !== undefined && clock.now() - at < lifetime * 1000;
    // The question without a token, which brings the first challenge, is not part of the story.
    if (at !== undefined) log.push({ seen, live });
    const challenge = `Bearer realm="http://${tokens.host}/token"`;
    return live ? undefined : { status: 401, headers: { "www-authenticate": challenge } };
  });
  return { host: front.host, log, tokens: () => issued.size };
}

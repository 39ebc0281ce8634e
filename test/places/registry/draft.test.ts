import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Content } from "../../../src/model/content.js";
import type { GantryEvent } from "../../../src/model/events.js";
import type { Draft, ReceiveOptions } from "../../../src/model/place.js";
import { openDraft } from "../../../src/places/registry/draft.js";
import type { RegistrySession } from "../../../src/places/registry/session.js";
import { ali, guarded } from "../../http/guarded.js";
import {
  startFaultRegistry,
  startFront,
  type Fault,
  type Front,
  type Seen,
} from "../../support/fault-registry.js";
import { createGate } from "../../support/gate.js";
import { noDebianRegistry, startDebianRegistry } from "./debian-registry.js";
import { image, index, layer, seeded } from "./images.js";
import { assertReadable, openSession, push, steps } from "./setup.js";

const size = 400_000;
const piece = 65_536;
const own = layer("own", size);
const bytes = seeded("own", size);

/** A draft of what goes to these names; every registry that was not asked before has one. */
function receive(session: RegistrySession, names: readonly string[], options?: ReceiveOptions): Draft {
  const draft = session.destination(names[0]!.split("/")[0]!).receive!(names, options);
  assert.ok(draft !== undefined);
  return draft;
}

/** Writes a blob piece by piece into one buffer, as whoever packs it may. */
async function write(draft: Draft, from = 0, to: number = size): Promise<void> {
  const buffer = new Uint8Array(piece);
  for (let at = from; at < to; at += piece) {
    const part = buffer.subarray(0, Math.min(piece, to - at));
    part.set(bytes.subarray(at, at + part.length));
    await draft.write(part);
    part.fill(0);
  }
}

/** A layer that is not to be opened: the registry has it. */
const sent: Content = { ...own, open: () => assert.fail("opened") };
const isPatch = ({ method }: Seen) => method === "PATCH";
const isCommit = ({ method, path }: Seen) => method === "PUT" && path.includes(own.descriptor.digest);
const methods = ({ seen }: Front, before = 0) => seen.slice(before).map(({ method }) => method);

for (const [kind, start, skip] of [
  ["the embedded registry", async () => undefined, false],
  ["docker-registry", (t: TestContext) => startDebianRegistry(t), noDebianRegistry],
] as const) {
  for (const known of [true, false]) {
    test(
      `a blob goes to ${kind} while it is made, ${known ? "its size known" : "nobody knows how large"}, and is not sent again`,
      { skip },
      async (t) => {
        const registry = await start(t);
        const front = registry === undefined ? await startFaultRegistry(t) : await startFront(t, registry);
        const session = openSession(t);
        const names = [`${front.host}/app:1`, `${front.host}/other:1`];
        const events: GantryEvent[] = [];
        const draft = receive(session, names, {
          label: "layer /app",
          onEvent: (event) => void events.push(event),
          ...(known ? { size } : {}),
        });
        await write(draft);
        assert.equal(await draft.commit(own.descriptor), true);
        await draft.abort();
        await push(session, image([sent]), names);
        const pushed = [...front.seen];
        for (const name of names) await assertReadable(openSession(t), image([own]), name);
        assert.deepEqual(steps(events), [
          `upload layer /app to ${front.host}: ${own.descriptor.digest.slice(0, 19)}`,
        ]);
        const last = events.findLast((event) => event.type === "step-progress");
        assert.ok(last?.type === "step-progress" && last.current === size && (last.total === size) === known);
        const mounts = pushed.filter(({ path }) => path.includes("mount="));
        assert.equal(mounts.length, 2, "the layer and the configuration, into the other repository");
        if (registry !== undefined) return;
        const patch = front.seen.find(isPatch)!;
        assert.equal(patch.bytes, size);
        assert.equal(patch.headers["content-length"], known ? String(size) : undefined);
        assert.equal(patch.headers["transfer-encoding"], known ? undefined : "chunked");
        assert.deepEqual(methods(front).slice(0, 3), ["POST", "PATCH", "PUT"]);
        const asked = pushed.filter(({ path }) => path.includes(own.descriptor.digest));
        assert.deepEqual(
          asked.map(({ method, path }) => `${method} ${path.split("/")[2]}`),
          ["PUT app", "HEAD other", "POST other"],
        );
      },
    );
  }
}

test("a cold push with a draft takes seven requests", async (t) => {
  const front = await startFaultRegistry(t);
  const session = openSession(t);
  const names = [`${front.host}/app:1`];
  const draft = receive(session, names);
  await write(draft);
  assert.ok(await draft.commit(own.descriptor));
  await push(session, image([sent]), names, { sole: true });
  assert.deepEqual(methods(front), ["POST", "PATCH", "PUT", "HEAD", "POST", "PUT", "PUT"]);
});

test("a registry may answer a draft of known size with its last byte, long before anybody names its digest", async (t) => {
  const answered = createGate();
  const rewrite = (headers: Record<string, string | undefined>) => (answered.open(), headers);
  const front = await startFaultRegistry(t, [{ method: "PATCH", fault: { rewrite } }]);
  const draft = receive(openSession(t), [`${front.host}/app:1`], { size });
  await write(draft);
  await answered.opened;
  await sleep(100);
  assert.equal(await draft.commit(own.descriptor), true);
});

test("an empty draft, and one of a single byte, are blobs like others", async (t) => {
  for (const [length, known] of [
    [0, undefined],
    [1, undefined],
    [1, 1],
  ] as const) {
    const front = await startFaultRegistry(t);
    const session = openSession(t);
    const small = layer("small", length);
    const draft = receive(session, [`${front.host}/app:1`], { size: known });
    await draft.write(seeded("small", length));
    await draft.commit(small.descriptor);
    await push(session, image([small]), [`${front.host}/app:1`]);
    await assertReadable(openSession(t), image([small]), `${front.host}/app:1`);
  }
});

/** What becomes of a draft through a front with a fault, and of the push after it. */
async function broken(
  t: TestContext,
  fault: (request: Seen) => Fault | undefined,
  options: ReceiveOptions = {},
): Promise<{ readonly front: Front; readonly before: number; readonly session: RegistrySession }> {
  const front = await startFaultRegistry(t, fault);
  const session = openSession(t);
  const events: GantryEvent[] = [];
  const names = [`${front.host}/app:1`];
  const draft = receive(session, names, { ...options, onEvent: (event) => void events.push(event) });
  await write(draft);
  assert.equal(await draft.commit(own.descriptor), false);
  for (const line of steps(events)) assert.match(line, /: given up, sent again when it is whole$/);
  const before = front.seen.length;
  front.strike([]);
  await push(session, image([own]), names);
  await assertReadable(openSession(t), image([own]), names[0]!);
  return { front, before, session };
}

for (const [what, fault] of [
  ["is reset before its first byte", { resetAfter: 0 }],
  ["is reset in its middle", { passThenReset: size / 2 }],
  ["is reset behind its last byte", { resetAfter: size }],
  ["loses its answer", { loseAnswer: true }],
  ["is answered 503", { status: 503 }],
  ["is answered 403", { status: 403 }],
  ["is answered 200", { status: 200 }],
  ["is answered 404, its session gone", { status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' }],
] as const) {
  for (const known of [true, false]) {
    test(`a draft${known ? " of known size" : ""} that ${what} is given up with its session, and the blob goes the usual way`, async (t) => {
      const { front, before } = await broken(
        t,
        (request) => (isPatch(request) ? fault : undefined),
        known ? { size } : {},
      );
      assert.deepEqual(methods(front).slice(0, before), ["POST", "PATCH", "DELETE"]);
      assert.equal(front.seen.slice(before).filter(isCommit).length, 1);
    });
  }
}

for (const status of [404, 405, 411, 413, 416]) {
  test(`a registry that answers ${status} to a draft is sent no other`, async (t) => {
    const { front, session } = await broken(t, (request) => (isPatch(request) ? { status } : undefined));
    assert.equal(session.destination(front.host).receive!([`${front.host}/app:2`]), undefined);
  });
}

test("a draft that is answered before its end is given up at once, however much of it is to come", async (t) => {
  for (const answer of [413, 202]) {
    const { host } = await startSite(t, ({ method, url }, response) => {
      if (method === "PATCH") return void response.writeHead(answer, { location: url }).end();
      response.writeHead(method === "POST" ? 202 : 204, { location: "/v2/app/blobs/uploads/1" }).end();
    });
    const draft = receive(openSession(t), [`${host}/app:1`]);
    for (let at = 0; at < 40; at++) await write(draft);
    assert.equal(await draft.commit({ ...own.descriptor, size: 40 * size }), false);
  }
});

test("a connection that ends while nothing is written is noticed by the next write", async (t) => {
  const { host, server } = await startSite(t, ({ method }, response) => {
    if (method !== "PATCH") response.writeHead(202, { location: "/v2/app/blobs/uploads/1" }).end();
  });
  const draft = receive(openSession(t), [`${host}/app:1`]);
  await write(draft);
  server.closeAllConnections();
  for (let at = 0; at < 40; at++) await write(draft);
  assert.equal(await draft.commit({ ...own.descriptor, size: 41 * size }), false);
});

test("ECR: a draft of which the registry kept less than was sent is given up, and no other begun", async (t) => {
  const rewrite = (headers: Record<string, string | undefined>) => ({ ...headers, range: "0-99" });
  const { front, session } = await broken(t, (request) =>
    isPatch(request) ? { rewrite, insteadStatus: 201 } : undefined,
  );
  assert.ok(!front.seen.slice(0, 3).some(isCommit));
  assert.equal(session.destination(front.host).receive!([`${front.host}/app:2`]), undefined);
});

test("a draft that is redirected is given up: its bytes are gone", async (t) => {
  for (const status of [307, 308]) {
    const { front } = await broken(t, (request) =>
      isPatch(request) ? { status, headers: { location: `${request.path}?again` } } : undefined,
    );
    assert.equal(front.seen.filter(isPatch).length, 1);
  }
});

test("a commit that is refused gives the session back", async (t) => {
  const { front, before } = await broken(t, (request) => (isCommit(request) ? { status: 400 } : undefined));
  assert.deepEqual(methods(front).slice(0, before), ["POST", "PATCH", "PUT", "DELETE"]);
});

test("a commit whose answer is lost is found when the blob is staged, and not sent again", async (t) => {
  const { front } = await broken(t, (request) => (isCommit(request) ? { loseAnswer: true } : undefined));
  assert.equal(
    front.seen.filter(({ path, method }) => method === "HEAD" && path.includes("blobs")).length,
    1,
  );
  const bodies = front.seen.filter(({ bytes }) => bytes >= size);
  assert.equal(bodies.length, 1);
});

test("bytes of another digest, or of another number, are no blob", async (t) => {
  for (const descriptor of [
    { ...own.descriptor, digest: layer("other").descriptor.digest },
    { ...own.descriptor, size: size + 1 },
  ]) {
    const front = await startFaultRegistry(t);
    const session = openSession(t);
    const draft = receive(session, [`${front.host}/app:1`]);
    await write(draft);
    assert.equal(await draft.commit(descriptor), false);
    assert.equal(methods(front).at(-1), "DELETE");
    await push(session, image([own]), [`${front.host}/app:1`]);
    await assertReadable(openSession(t), image([own]), `${front.host}/app:1`);
  }
});

test("more or fewer bytes than were announced end the draft", async (t) => {
  for (const announced of [size - 1, size + 1]) {
    const front = await startFaultRegistry(t);
    const draft = receive(openSession(t), [`${front.host}/app:1`], { size: announced });
    await write(draft);
    assert.equal(await draft.commit(own.descriptor), false);
    assert.ok(!front.seen.some(isCommit));
  }
});

test("a token that ends in the middle of a draft: the blob goes the usual way with another", async (t) => {
  const { proxy, tokens } = await guarded(t, {}, (request, server) => {
    if (isPatch(request)) server.revoke();
    return undefined;
  });
  const session = openSession(t, { credentials: ali });
  const names = [`${proxy.host}/app:1`];
  const draft = receive(session, names);
  await write(draft);
  assert.equal(await draft.commit(own.descriptor), false);
  await push(session, image([own]), names);
  await assertReadable(session, image([own]), names[0]!);
  assert.ok(tokens.requests.length >= 2);
});

test("an abort gives the session back, whatever was written, and later calls do nothing", async (t) => {
  for (const written of [0, piece, size]) {
    const front = await startFaultRegistry(t);
    const draft = receive(openSession(t), [`${front.host}/app:1`]);
    await write(draft, 0, written);
    await draft.abort();
    await write(draft);
    assert.equal(await draft.commit(own.descriptor), false);
    await draft.abort();
    if (written > 0) assert.equal(methods(front).at(-1), "DELETE");
    assert.ok(!front.seen.some(isCommit));
  }
});

test("an aborted signal rejects with its reason and gives the session back", async (t) => {
  const front = await startFaultRegistry(t);
  const stop = new AbortController();
  const draft = receive(openSession(t), [`${front.host}/app:1`], { signal: stop.signal });
  await write(draft, 0, piece);
  stop.abort(new Error("stopped by the user"));
  await assert.rejects(draft.write(bytes), /stopped by the user/);
  await assert.rejects(draft.commit(own.descriptor), /stopped by the user/);
  assert.equal(methods(front).at(-1), "DELETE");
});

test("a signal that is aborted while the network takes nothing ends the write", async (t) => {
  const { host } = await startSite(t, ({ method }, response) => {
    if (method !== "PATCH") response.writeHead(202, { location: "/v2/app/blobs/uploads/1" }).end();
  });
  const stop = new AbortController();
  const draft = receive(openSession(t), [`${host}/app:1`], { signal: stop.signal });
  const writing = (async () => {
    for (;;) await draft.write(new Uint8Array(1 << 20));
  })();
  writing.catch(() => undefined);
  await sleep(50);
  stop.abort(new Error("stopped by the user"));
  await assert.rejects(writing, /stopped by the user/);
});

test("a registry that reads slowly holds up who writes, with no more than a few pieces under way", async (t) => {
  const gate = createGate();
  let read = 0;
  const { host } = await startSite(t, (request, response) => {
    const location = "/v2/app/blobs/uploads/1";
    if (request.method !== "PATCH") return void response.writeHead(202, { location }).end();
    void gate.opened.then(async () => {
      for await (const chunk of request) read += (chunk as Buffer).length;
      response.writeHead(202, { location }).end();
    });
  });
  const draft = receive(openSession(t), [`${host}/app:1`]);
  const [megabyte, pieces] = [1 << 20, 64];
  let written = 0;
  const writing = (async () => {
    for (; written < pieces; written++) await draft.write(new Uint8Array(megabyte));
  })();
  for (let before = -1; before !== written;) {
    before = written;
    await sleep(100);
  }
  assert.ok(written < pieces / 2, `${written} MiB were taken by nobody`);
  gate.open();
  await writing;
  assert.equal(
    await draft.commit({ ...own.descriptor, size: pieces * megabyte }),
    false,
    "no blob: 202 to the PUT",
  );
  assert.equal(read, pieces * megabyte);
});

test("where every lane is in use a draft is given up at once, and no one waits for another", async (t) => {
  const front = await startFaultRegistry(t);
  const session = openSession(t, { concurrency: { upload: 1, download: 1, control: 1 } });
  const names = [`${front.host}/app:1`];
  const [first, second] = [receive(session, names), receive(session, names)];
  await write(first, 0, piece);
  // All of it, while the first has not moved.
  await write(second);
  assert.equal(await second.commit(own.descriptor), false);
  const other = image([layer("other", 100_000)]);
  const pushing = push(session, other, [`${front.host}/other:1`]);
  await write(first, piece);
  assert.equal(await first.commit(own.descriptor), true);
  await pushing;
  await push(session, image([sent]), names);
  await assertReadable(openSession(t), image([own]), names[0]!);
  await assertReadable(openSession(t), other, `${front.host}/other:1`);
});

test("there is no draft where the user wants chunks, or nobody is named", async (t) => {
  const front = await startFaultRegistry(t);
  const session = openSession(t, { registries: { [front.host]: { chunk: 100_000 } } });
  const names = [`${front.host}/app:1`];
  // Not asked before, so that nobody knows yet.
  const early = receive(session, names);
  await write(early);
  assert.equal(await early.commit(own.descriptor), false);
  assert.deepEqual(front.seen, []);
  assert.equal(session.destination(front.host).receive!(names), undefined);
  assert.equal(openSession(t).destination(front.host).receive!([]), undefined);
});

test("Google's registries take a draft of known size alone", async (t) => {
  const session = openSession(t);
  for (const registry of ["gcr.io", "eu.gcr.io", "europe-docker.pkg.dev"]) {
    await session.open(registry);
    const destination = session.destination(registry);
    assert.equal(destination.receive!([`${registry}/a/app:1`]), undefined);
  }
});

for (const [what, fault] of [
  ["never answers", { silent: true }],
  ["refuses sessions", { status: 403 }],
  ["gives sessions without a Location", { status: 202 }],
] as const) {
  test(`a registry that ${what} does not hold up who packs`, async (t) => {
    const front = await startFaultRegistry(t, ({ method }) => (method === "POST" ? fault : undefined));
    const session = openSession(t);
    const place = {
      repository: "app",
      open: () => session.open(front.host),
      hold: () => assert.fail("held"),
    };
    const draft = openDraft(place, what === "never answers" ? { patience: 200 } : {});
    await write(draft);
    assert.equal(await draft.commit(own.descriptor), false);
    assert.ok(!front.seen.some(isPatch));
  });
}

test("a registry that is not there gives the draft up, and the push says why", async (t) => {
  const { host, server } = await startSite(t, () => undefined);
  server.close();
  await once(server, "close");
  const session = openSession(t);
  const draft = receive(session, [`${host}/app:1`]);
  await write(draft);
  assert.equal(await draft.commit(own.descriptor), false);
  await assert.rejects(push(session, image([own]), [`${host}/app:1`]), /nothing listens there/);
});

test("a layer that came as a draft and is lost before its manifest is sent again", async (t) => {
  const front = await startFaultRegistry(t, undefined, { requireBlobs: true });
  const session = openSession(t);
  const names = [`${front.host}/app:1`];
  const draft = receive(session, names);
  await write(draft);
  assert.ok(await draft.commit(own.descriptor));
  await fetch(`http://${front.host}/v2/app/blobs/${own.descriptor.digest}`, { method: "DELETE" });
  const root = index([image([own])]);
  await push(session, root, names);
  await assertReadable(openSession(t), root, names[0]!);
});

/** A server of the test's own. */
async function startSite(t: TestContext, listener: RequestListener) {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";
import { parseReference } from "../../../src/model/reference.js";
import type { Content } from "../../../src/model/content.js";
import type { GantryEvent } from "../../../src/model/events.js";
import { image, index, layer } from "./images.js";
import { assertReadable, openSession, push, steps } from "./setup.js";
import { startFaultRegistry } from "../../support/fault-registry.js";

const count = (lines: readonly string[], part: string) =>
  lines.filter((line) => line.startsWith(part)).length;

test("D83 a blob goes to a registry once and is mounted into its other repositories", async (t) => {
  const proxy = await startFaultRegistry(t);
  const layers = [layer("a"), layer("b")];
  const root = index([image(layers), image(layers, "arm64")]);
  const names = ["one:1", "one:2", "two:1", "three:1"].map((name) => `${proxy.host}/${name}`);
  await push(openSession(t), root, names);
  const puts = proxy.seen.filter(({ method, path }) => method === "PUT" && path.includes("/blobs/"));
  assert.equal(puts.length, 4, "two layers and two configurations");
  assert.deepEqual(
    layers.map(({ opened }) => opened),
    [1, 1],
  );
  assert.equal(proxy.seen.filter(({ path }) => path.includes("mount=")).length, 8);
  for (const name of names) await assertReadable(openSession(t), root, name);
});

test("D83 builds pushed side by side to one registry share the upload of a blob", async (t) => {
  const proxy = await startFaultRegistry(t);
  const shared = layer("shared", 100_000);
  const session = openSession(t);
  const images = ["a", "b", "c"].map((own) => image([shared, layer(own)]));
  await Promise.all(images.map((root, at) => push(session, root, [`${proxy.host}/app${at}:1`])));
  assert.equal(shared.opened, 1);
});

test("a repository that has the image lends its blobs to one that has not", async (t) => {
  const proxy = await startFaultRegistry(t);
  const layers = [layer("a"), layer("b")];
  const root = image(layers);
  await push(openSession(t), root, [`${proxy.host}/old:1`]);
  const before = proxy.seen.length;
  await push(openSession(t), root, [`${proxy.host}/new:1`, `${proxy.host}/old:1`]);
  const lines = proxy.summary().slice(before);
  assert.equal(count(lines, "HEAD /v2/new/blobs/"), 1, "for one, while nobody knew better");
  assert.equal(count(lines, "POST /v2/new/blobs/uploads/"), 3);
  assert.deepEqual(
    layers.map(({ opened }) => opened),
    [1, 1],
  );
});

test("a layer with an origin in the same registry is mounted from it and never opened", async (t) => {
  const proxy = await startFaultRegistry(t);
  const base = layer("base", 50_000);
  await push(openSession(t), image([base]), [`${proxy.host}/base:1`]);
  const unopenable: Content = {
    ...base,
    origins: [
      { registry: "elsewhere.test", repository: "base" },
      { registry: proxy.host, repository: "base" },
    ],
    open: () => assert.fail("opened"),
  };
  const events: GantryEvent[] = [];
  await push(openSession(t), image([unopenable, layer("own")]), [`${proxy.host}/app:1`], { events });
  assert.ok(steps(events).some((line) => line.endsWith(`to ${proxy.host}: mounted from base`)));
});

test("manifests come after their blobs, children before parents, tags last", async (t) => {
  const proxy = await startFaultRegistry(t);
  const child = image([layer("a")]);
  const root = index([child]);
  await push(openSession(t), root, [`${proxy.host}/app:1`]);
  const puts = proxy.summary().filter((line) => line.startsWith("PUT"));
  const short = (digest: string) => digest.slice(0, 11);
  assert.deepEqual(puts.slice(2), [
    `PUT /v2/app/manifests/${short(child.descriptor.digest)}`,
    `PUT /v2/app/manifests/${short(root.descriptor.digest)}`,
    "PUT /v2/app/manifests/1",
  ]);
});

test("no tag moves before publish", async (t) => {
  const proxy = await startFaultRegistry(t);
  const session = openSession(t);
  const staged = await session.destination(proxy.host).stage(image([layer("a")]), [`${proxy.host}/app:1`]);
  await assert.rejects(session.source(parseReference(`${proxy.host}/app:1`)).resolve(), {
    code: "ERR_GANTRY_NOT_FOUND",
  });
  await staged.abort();
});

test("a name with a digest alone moves no tag, one with neither means latest", async (t) => {
  const proxy = await startFaultRegistry(t);
  const root = image([layer("a")]);
  await push(openSession(t), root, [`${proxy.host}/app@${root.descriptor.digest}`]);
  assert.equal(count(proxy.summary(), "PUT /v2/app/manifests/latest"), 0);
  await push(openSession(t), root, [`${proxy.host}/app`]);
  assert.equal(count(proxy.summary(), "PUT /v2/app/manifests/latest"), 1);
  await assert.rejects(push(openSession(t), root, [`${proxy.host}/app@sha256:${"0".repeat(64)}`]), {
    code: "ERR_GANTRY_USAGE",
  });
});

test("twenty blobs copied within a registry that mounts nothing pass through lanes of one", async (t) => {
  const proxy = await startFaultRegistry(t, ({ path }) =>
    path.includes("mount=") ? { status: 405 } : undefined,
  );
  const layers = Array.from({ length: 20 }, (_, at) => layer(`layer ${at}`, 70_000));
  const root = image(layers);
  await push(openSession(t), root, [`${proxy.host}/from:1`]);
  const session = openSession(t, { concurrency: { upload: 1, download: 1, control: 1 } });
  const source = session.source(parseReference(`${proxy.host}/from:1`));
  const throughRegistry = layers.map((each) => ({
    ...each,
    origins: [source.origin!],
    open: (options = {}) => source.read(each.descriptor, options),
  }));
  const copy = image(throughRegistry);
  assert.equal(copy.descriptor.digest, root.descriptor.digest);
  await push(session, copy, [`${proxy.host}/to:1`]);
  await assertReadable(openSession(t), root, `${proxy.host}/to:1`);
});

test("uploads report their bytes, and what needs none says why", async (t) => {
  const proxy = await startFaultRegistry(t);
  const root = image([layer("a", 300_000)]);
  const events: GantryEvent[] = [];
  await push(openSession(t), root, [`${proxy.host}/app:1`, `${proxy.host}/other:1`], { events });
  const uploads = events.filter(
    (event) => event.type === "step-start" && /^upload sha256:[0-9a-f]{12} to 127/.test(event.name),
  );
  assert.equal(uploads.length, 4, "an upload and a mount for layer and configuration");
  const progress = events.filter((event) => event.type === "step-progress" && event.total === 300_000);
  assert.equal(
    Math.max(...progress.map((event) => (event.type === "step-progress" ? event.current : 0))),
    300_000,
  );
  assert.equal(steps(events).filter((line) => /: mounted from (app|other)$/.test(line)).length, 2);
  assert.ok(steps(events).includes(`push ${proxy.host}/app:1: ${root.descriptor.digest}`));
});

test("a source that fails stops the push with its own error, and its session is given back", async (t) => {
  const proxy = await startFaultRegistry(t);
  const broken: Content = {
    ...layer("a", 200_000),
    open: async function* () {
      yield new Uint8Array(1000);
      throw new Error("the file changed");
    },
  };
  await assert.rejects(push(openSession(t), image([broken]), [`${proxy.host}/app:1`]), /the file changed/);
  assert.equal(count(proxy.summary(), "DELETE"), 1);
  assert.equal(count(proxy.summary(), "PUT /v2/app/manifests"), 0);
});

test("a source that yields more or fewer bytes than it declared is never committed", async (t) => {
  for (const size of [999, 1001]) {
    const proxy = await startFaultRegistry(t);
    const lying = layer("a", 1000);
    const root = image([{ ...lying, descriptor: { ...lying.descriptor, size } }]);
    await assert.rejects(push(openSession(t), root, [`${proxy.host}/app:1`]), {
      code: "ERR_GANTRY_CONTENT_MISMATCH",
    });
  }
});

test("an abort rejects with the signal's reason, gives sessions back and moves no tag", async (t) => {
  const proxy = await startFaultRegistry(t);
  const stop = new AbortController();
  const stopping: Content = {
    ...layer("a", 200_000),
    open: async function* () {
      yield new Uint8Array(1000);
      stop.abort(new Error("stopped by the user"));
      yield new Uint8Array(1000);
    },
  };
  await assert.rejects(
    push(openSession(t), image([stopping]), [`${proxy.host}/app:1`], { signal: stop.signal }),
    /stopped by the user/,
  );
  assert.ok(count(proxy.summary(), "DELETE") >= 1);
  assert.equal(count(proxy.summary(), "PUT /v2/app/manifests"), 0);
});

test(
  "a push over http never loads TLS",
  {
    skip:
      Number(process.versions.node.split(".")[0]) > 24
        ? "needs Node 24 or older: newer ones load it with http"
        : false,
  },
  async (t) => {
    const proxy = await startFaultRegistry(t);
    const script = `
    const { openRegistrySession } = await import(${JSON.stringify(new URL("../../../src/places/registry/session.js", import.meta.url).href)});
    const { bareSystem, image, layer } = await import(${JSON.stringify(new URL("images.js", import.meta.url).href)});
    const session = openRegistrySession({ system: bareSystem() });
    const staged = await session.destination("${proxy.host}").stage(image([layer("a")]), ["${proxy.host}/app:1"]);
    await staged.publish();
    await session.close();
    console.log(process.moduleLoadList.filter((name) => /NativeModule (https|tls|internal\\/deps\\/undici.*)$/.test(name)).join());`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
    assert.equal(stdout.trim(), "");
  },
);

import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { build, copy, type BuildRequest } from "../../src/index.js";
import { isManifest, type Artifact, type Image } from "../../src/model/content.js";
import { openSession, push } from "../places/registry/setup.js";
import { startFront, type Fault } from "../support/fault-registry.js";
import { createSandbox } from "../support/cli.js";
import { createGate } from "../support/gate.js";
import { countEach, startLogged, type LoggedRegistry } from "../support/logged-registry.js";
import { ownOptions } from "../support/own-options.js";
import { randomImage, randomIndex } from "../support/random-image.js";

const platforms = ["linux/amd64", "linux/arm64"];
const registryOutput = { outputs: [{ type: "registry" }] } as const;

test("a base costs one fetch however many images and platforms use it, and no layer of it where they are pushed", async (t) => {
  const { folder, gantry } = createSandbox(t);
  const registry = await startWith(t, {
    "team/base:1": randomIndex({ seed: 1 }),
    "solo:1": randomIndex({ seed: 2 }),
  });
  const { host } = registry;
  const image = (name: string, base: string): BuildRequest => ({
    name,
    base: `${host}/${base}`,
    platforms,
    tags: [`${host}/${name}:1`],
    files: { "/name": { content: name } },
  });
  const images = [
    image("one", "team/base:1"),
    image("two", "team/base:1"),
    image("three", "team/base:1"),
    image("four", "solo:1"),
  ];
  writeFileSync(join(folder, "gantry.config.json"), JSON.stringify({ images }));
  registry.forget();
  await gantry("build", "--push");

  const manifests = registry.acts("read manifest").map(({ repository, what }) => `${repository} ${what}`);
  assert.deepEqual([...new Set(Object.values(countEach(manifests)))], [1], "each manifest once");
  assert.equal(manifests.length, 2 * (1 + platforms.length), "an index and its two images, of two bases");
  const bases = [randomIndex({ seed: 1 }), randomIndex({ seed: 2 })];
  const configs = (await Promise.all(bases.map(imagesOf)))
    .flat()
    .map((one) => one.configContent.descriptor.digest);
  const blobs = registry.acts("read blob").map(({ what }) => what);
  assert.deepEqual(blobs.toSorted(), configs.toSorted(), "each configuration once, and no layer");
  const layers = new Set((await Promise.all(bases.map(imagesOf))).flat().flatMap(layersOf));
  const uploaded = registry.acts("upload").filter(({ what }) => layers.has(what));
  assert.deepEqual(uploaded, [], "the base's layers were mounted");
  assert.equal(
    registry.acts("mount").length,
    images.length * platforms.length * 2,
    "two layers of each image",
  );
});

test("the bases of all images are resolved side by side", { timeout: 30_000 }, async (t) => {
  const names = ["a", "b", "c", "d", "e"];
  const registry = await startWith(
    t,
    Object.fromEntries(names.map((name, seed) => [`${name}:1`, randomImage({ seed })])),
  );
  const arrived = new Set<string>();
  const all = createGate();
  // Nobody gets an answer before everybody has asked.
  const { host } = await startFront(t, registry.host, ({ path }): Fault | undefined => {
    if (!path.endsWith("/manifests/1")) return undefined;
    arrived.add(path);
    if (arrived.size === names.length) all.open();
    return { hold: all.opened };
  });
  const requests = names.map((name) => ({ name, base: `${host}/${name}:1`, platforms: ["linux/amd64"] }));
  const results = await build(requests, await ownOptions(t));
  assert.equal(results.length, names.length);
});

test("the layers of a base go to another registry once, verified and past the disk, and not again", async (t) => {
  const options = await ownOptions(t);
  const base = randomImage({ seed: 3, layers: 4, size: 100_000 });
  const from = await startWith(t, { "base:1": base });
  const to = await startLogged(t);
  const request = (content: string, tags: readonly string[]): BuildRequest => ({
    name: "app",
    base: `${from.host}/base:1`,
    platforms: ["linux/amd64"],
    tags,
    files: { "/app": { content } },
  });
  from.forget();
  await build(request("1", [`${to.host}/app:1`, `${to.host}/other/app:1`]), {
    ...options,
    ...registryOutput,
  });
  const reads = from.acts("read blob").map(({ what }) => what);
  assert.deepEqual(
    reads.toSorted(),
    [base.configContent.descriptor.digest, ...layersOf(base)].toSorted(),
    "each layer left its registry once for two repositories",
  );
  for (const layer of layersOf(base)) {
    assert.equal(to.acts("upload").filter(({ what }) => what === layer).length, 1);
    assert.equal(to.acts("mount").filter(({ what }) => what === layer).length, 1);
    assert.ok(!readdirSync(options.cacheDir, { recursive: true }).join("\n").includes(layer.slice(7)));
  }

  from.forget();
  to.forget();
  await build(request("2", [`${to.host}/app:1`]), { ...options, ...registryOutput });
  assert.deepEqual(from.acts("read blob"), [], "a destination that has the layers asks for none");
  assert.equal(to.acts("upload").length, 2, "the new layer and the configuration");
  await copy(`${to.host}/app:1`, "oci:every-byte", options);
});

test("a base's layer that arrives damaged fails the build and moves no tag", async (t) => {
  const options = await ownOptions(t);
  const base = randomImage({ seed: 4, layers: 1, size: 5000 });
  const from = await startWith(t, { "base:1": base });
  const { digest, size } = base.layers[0]!.descriptor;
  const { host } = await startFront(t, from.host, ({ method, path }) =>
    method === "GET" && path.endsWith(digest) ? { status: 200, body: Buffer.alloc(size) } : undefined,
  );
  const to = await startLogged(t);
  const request = {
    name: "app",
    base: `${host}/base:1`,
    platforms: ["linux/amd64"],
    tags: [`${to.host}/app:1`],
  };
  await assert.rejects(build(request, { ...options, ...registryOutput }), {
    code: "ERR_GANTRY_CONTENT_MISMATCH",
    message: new RegExp(digest),
  });
  assert.deepEqual(to.acts("tag", "manifest"), []);
  assert.ok(to.acts("upload").every(({ what }) => what !== digest));
});

test("A18 a tag that moves while the build runs changes nothing: every platform and image has the base that was found first", async (t) => {
  const options = await ownOptions(t);
  const [first, second] = [randomIndex({ seed: 5 }), randomIndex({ seed: 6 })];
  const moved = createGate();
  const registry = await startLogged(t, {
    onRequest: ({ method, path }) => {
      if (method !== "GET" || !path.endsWith("/manifests/1")) return;
      void push(openSession(t), second, [`${registry.host}/base:1`]).finally(moved.open);
    },
  });
  await push(openSession(t), first, [`${registry.host}/base:1`]);
  let asked = 0;
  const { host } = await startFront(t, registry.host, ({ path }): Fault | undefined => {
    if (path.endsWith("/manifests/1")) asked++;
    return asked > 0 && !path.endsWith("/manifests/1") ? { hold: moved.opened } : undefined;
  });
  const requests = ["one", "two"].map((name) => ({ name, base: `${host}/base:1`, platforms }));
  const results = await build(requests, options);
  const wanted = new Set((await imagesOf(first)).map(({ descriptor }) => descriptor.digest as string));
  for (const { images } of results) {
    for (const image of images) {
      const { annotations } = JSON.parse(Buffer.from(image.bytes).toString()) as {
        annotations: Record<string, string>;
      };
      assert.ok(wanted.has(annotations["org.opencontainers.image.base.digest"]!));
    }
  }
  assert.equal(asked, 1);
});

/** A registry that has these artifacts under these names. */
async function startWith(
  t: TestContext,
  artifacts: Readonly<Record<string, Artifact>>,
): Promise<LoggedRegistry> {
  const registry = await startLogged(t);
  const session = openSession(t);
  for (const [name, artifact] of Object.entries(artifacts)) {
    await push(session, artifact, [`${registry.host}/${name}`]);
  }
  registry.forget();
  return registry;
}

async function imagesOf(artifact: Artifact): Promise<readonly Image[]> {
  if (artifact.kind === "image") return [artifact];
  return (await artifact.children()).filter((child): child is Image => isManifest(child));
}

function layersOf({ layers }: Image): readonly string[] {
  return layers.map(({ descriptor }) => descriptor.digest);
}

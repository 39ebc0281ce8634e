import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { build, pruneCache, verifyCache, type BuildOptions, type BuildRequest } from "../../src/index.js";
import { openSession, push } from "../places/registry/setup.js";
import { createGate } from "../support/gate.js";
import { startFront } from "../support/fault-registry.js";
import { startLogged, type LoggedRegistry } from "../support/logged-registry.js";
import { ownOptions } from "../support/own-options.js";
import { randomBytes, randomImage, randomIndex } from "../support/random-image.js";

const base = randomImage({ seed: 1, layers: 1, size: 50_000 });

interface Scene {
  readonly host: string;
  readonly registry: LoggedRegistry;
  readonly options: BuildOptions;
  /** Builds and pushes; the requests this took, and the digest. */
  run(
    request?: Partial<BuildRequest>,
    more?: BuildOptions,
  ): Promise<readonly [lines: string[], digest: string]>;
}

/** A new file on a base of one layer in another repository of the registry. */
async function scene(t: TestContext): Promise<Scene> {
  const registry = await startLogged(t);
  const options = await ownOptions(t);
  await push(openSession(t), base, [`${registry.host}/team/base:1`]);
  writeFileSync(join(options.system.cwd, "file"), "content");
  const { host } = registry;
  return {
    host,
    registry,
    options,
    async run(request = {}, more = {}) {
      registry.forget();
      const asked = {
        base: `${host}/team/base:1`,
        files: { "/file": "file" },
        tags: [`${host}/app:1`],
        ...request,
      };
      const [result] = await build(asked, { ...options, outputs: [{ type: "registry" }], ...more });
      const [image] = result!.images;
      const names = new Map<string, string>([
        [base.layers[0]!.descriptor.digest, "BASE LAYER"],
        [base.configContent.descriptor.digest, "BASE CONFIG"],
        [base.descriptor.digest, "BASE"],
        [image!.layers.at(-1)!.descriptor.digest, "LAYER"],
        [image!.configContent.descriptor.digest, "CONFIG"],
        [image!.descriptor.digest, "IMAGE"],
        [result!.digest, "ROOT"],
      ]);
      const name = (text: string) =>
        [...names].reduce((all, [digest, short]) => all.replace(digest, short), text);
      const lines = registry.log.map(({ method, path }) =>
        name(
          `${method} ${decodeURIComponent(path)
            .replace("/v2/", "")
            .replace(/uploads\/\w+/, "uploads/ID")}`,
        ),
      );
      return [lines, result!.digest];
    },
  };
}

const readBase = ["GET team/base/manifests/1"];
const cold = [
  ...readBase,
  "GET team/base/blobs/BASE CONFIG",
  "HEAD app/manifests/1",
  "HEAD app/blobs/LAYER",
  "POST app/blobs/uploads/",
  "POST app/blobs/uploads/",
  "POST app/blobs/uploads/?mount=BASE LAYER&from=team/base",
  "PUT app/blobs/uploads/ID?digest=CONFIG",
  "PUT app/blobs/uploads/ID?digest=LAYER",
  "PUT app/manifests/1",
];

test("an image of one new layer on a base of one takes ten requests, unchanged two", async (t) => {
  const { run } = await scene(t);
  const [first, digest] = await run();
  assert.deepEqual(first.slice(0, 4), cold.slice(0, 4));
  assert.deepEqual(first.slice(4, -1).toSorted(), cold.slice(4, -1));
  assert.equal(first.at(-1), cold.at(-1));
  assert.deepEqual(await run(), [[...readBase, "HEAD app/manifests/1"], digest]);
});

for (const compression of ["none", "gzip"]) {
  test(`a large layer, sent while it is packed (${compression}), takes no more requests`, async (t) => {
    const { run, options } = await scene(t);
    writeFileSync(join(options.system!.cwd, "file"), randomBytes(6_000_000, 3));
    const [lines, digest] = await run({ compression });
    const draft = [
      "POST app/blobs/uploads/",
      "PATCH app/blobs/uploads/ID",
      "PUT app/blobs/uploads/ID?digest=LAYER",
    ];
    assert.deepEqual(lines.slice(0, 6), [...cold.slice(0, 2), ...draft, "HEAD app/manifests/1"]);
    assert.equal(lines.length, 10);
    assert.deepEqual(await run({ compression }), [[...readBase, "HEAD app/manifests/1"], digest]);
  });
}

test("a base named by digest costs nothing once it was read, and the unchanged image one question", async (t) => {
  const { host, run } = await scene(t);
  const pinned = { base: `${host}/team/base@${base.descriptor.digest}` };
  const [, digest] = await run(pinned);
  assert.deepEqual(await run(pinned), [["HEAD app/manifests/1"], digest]);
});

test("a base of several platforms costs the request for its tag, once it was read", async (t) => {
  const { host, run } = await scene(t);
  await push(openSession(t), randomIndex({ seed: 2 }), [`${host}/many:1`]);
  const request = { base: `${host}/many:1`, platforms: ["linux/amd64", "linux/arm64"] };
  await run(request);
  const [lines] = await run(request);
  assert.deepEqual(lines, ["GET many/manifests/1", "HEAD app/manifests/1"]);
});

test("an unchanged image costs one question for each tag, in each repository and registry", async (t) => {
  const { host, run } = await scene(t);
  const other = await startLogged(t);
  const tags = [`${host}/app:1`, `${host}/app:2`, `${host}/b:1`, `${other.host}/c:1`];
  await run({ tags });
  other.forget();
  const [lines] = await run({ tags });
  const questions = ["HEAD app/manifests/1", "HEAD app/manifests/2", "HEAD b/manifests/1"];
  assert.deepEqual(lines.toSorted(), [...readBase, ...questions]);
  assert.deepEqual(
    other.log.map(({ method, path }) => `${method} ${path}`),
    ["HEAD /v2/c/manifests/1"],
  );
});

test("a changed file sends its layer and the configuration, and asks for nothing of the base", async (t) => {
  const { run, options } = await scene(t);
  await run();
  writeFileSync(join(options.system!.cwd, "file"), "other content");
  const [lines] = await run();
  assert.deepEqual(lines.toSorted(), cold.filter((line) => !line.endsWith("BASE CONFIG")).toSorted());
});

test("without a cache the base is read as the first time; F95 a damaged one is read again", async (t) => {
  const { run, options } = await scene(t);
  await run();
  const [lines] = await run({}, { noCache: true });
  assert.deepEqual(lines, [...cold.slice(0, 2), "HEAD app/manifests/1"]);
  const config = join(options.cacheDir!, "store/blobs/sha256", base.configContent.descriptor.digest.slice(7));
  chmodSync(config, 0o644);
  writeFileSync(config, "x");
  assert.deepEqual((await verifyCache(options)).corrupt, [base.configContent.descriptor.digest]);
  assert.deepEqual((await run())[0], [...cold.slice(0, 2), "HEAD app/manifests/1"]);
  assert.deepEqual((await verifyCache(options)).corrupt, []);
  await pruneCache({ ...options, all: true });
  assert.deepEqual((await run())[0], [...cold.slice(0, 2), "HEAD app/manifests/1"]);
});

test("all destinations are asked before any has answered, and the base while files are listed", async (t) => {
  const { host, registry, options } = await scene(t);
  const all = createGate();
  const asked = new Set<string>();
  const fronts = await Promise.all(
    ["a", "b", "c"].map((name) =>
      startFront(t, registry.host, ({ method, path }) => {
        if (method !== "HEAD" || !path.includes("/manifests/")) return undefined;
        asked.add(name);
        if (asked.size === 3) all.open();
        return { hold: all.opened };
      }),
    ),
  );
  const listed: string[] = [];
  await build(
    {
      base: `${host}/team/base:1`,
      files: { "/file": "file" },
      tags: fronts.map((front) => `${front.host}/app:1`),
    },
    {
      ...options,
      outputs: [{ type: "registry" }],
      onEvent: (event) => {
        if (event.type === "step-start" && /^(base|list) /.test(event.name)) listed.push(event.name);
        if (event.type === "step-end") listed.push("end");
      },
    },
  );
  assert.ok(
    listed.slice(0, 2).every((name) => name !== "end"),
    "both began before either ended",
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sandbox } from "../support/cli.js";
import { createInProcess } from "../support/in-process.js";
import { startLogged } from "../support/logged-registry.js";
import { described, digestOf, serving, types } from "../support/told-registry.js";

const image = JSON.stringify({
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [] },
});
const manifestOf = (config: object, more: object = {}) =>
  JSON.stringify({ schemaVersion: 2, ...more, config, layers: [] });
const indexOf = (...manifests: readonly object[]) => JSON.stringify({ schemaVersion: 2, manifests });

/** The commands that read an image of a registry. */
const readers = (tag: string): readonly (readonly string[])[] => [
  ["inspect", tag],
  ["copy", tag, "oci:out"],
  ["build", "--base", tag, "--platform", "linux/amd64", "--label", "a=b", "-o", "type=oci,dest=built"],
];

interface Shown {
  readonly name: string;
  readonly descriptor: { readonly digest: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly config: { readonly config: { readonly Labels: object } };
  readonly manifest: object;
}

const show = async ({ gantry }: Sandbox, place: string) =>
  JSON.parse(await gantry("inspect", "--json", place)) as Shown;

test("A2 what is named by tag and digest is asked for by the digest alone, and shown with its tag", async (t) => {
  const sandbox = createInProcess(t);
  const { run, gantry } = sandbox;
  const registry = await startLogged(t);
  const tag = `${registry.host}/app:1`;
  const build = ["build", "--base", "scratch", "--platform", "linux/amd64", "-t", tag, "--push"];
  await gantry(...build, "--label", "n=1");
  const { digest } = (await show(sandbox, tag)).descriptor;
  await gantry(...build, "--label", "n=2");
  const pinned = `${tag}@${digest}`;
  for (const args of readers(pinned)) {
    registry.forget();
    const { status, stderr } = await run(args);
    assert.equal(status, 0, stderr);
    const asked = registry.acts("read manifest").map(({ what }) => what);
    assert.deepEqual([...new Set(asked)], [digest], args.join(" "));
  }
  assert.equal((await show(sandbox, pinned)).name, pinned);
  assert.equal((await show(sandbox, "oci:out")).descriptor.digest, digest);
  assert.deepEqual((await show(sandbox, "oci:built")).annotations, {
    "org.opencontainers.image.base.name": pinned,
    "org.opencontainers.image.base.digest": digest,
  });
});

test("A7 a manifest that does not say its type is what its content type says, to every command", async (t) => {
  const { run } = createInProcess(t);
  const manifest = manifestOf(described(types.config, image));
  const registry = await serving(t, { type: types.manifest, body: manifest }, [image]);
  for (const args of readers(registry.tag)) {
    const { status, stderr } = await run(args);
    assert.equal(status, 0, stderr);
  }
});

test("A12 an index fifty deep is left at the fourth level by every command", async (t) => {
  const { run } = createInProcess(t);
  let root = manifestOf(described(types.config, image));
  let descriptor = described(types.manifest, root);
  const all = [image, root];
  for (let depth = 0; depth < 50; depth++) {
    root = indexOf(descriptor);
    descriptor = described(types.index, root);
    all.push(root);
  }
  const registry = await serving(t, { type: types.index, body: root }, all);
  for (const args of readers(registry.tag)) {
    const before = registry.seen.length;
    const { status, stderr } = await run(args);
    assert.equal(status, 1);
    assert.match(stderr, /^gantry: .*indexes nest deeper than 3 levels$/m);
    assert.equal(registry.seen.length - before, 4, "the tag and three indexes below it");
  }
});

test("A12 an index that is served under every digest it names is found out at the first", async (t) => {
  const { run } = createInProcess(t);
  const named = { mediaType: types.index, digest: digestOf("not itself"), size: 0 };
  named.size = Buffer.byteLength(indexOf(named)) + 2;
  const body = indexOf(named);
  assert.equal(Buffer.byteLength(body), named.size);
  const registry = await serving(t, { type: types.index, body });
  for (const args of readers(registry.tag)) {
    const before = registry.seen.length;
    const { status, stderr } = await run(args);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`is not what its descriptor says: expected ${named.digest}`));
    const asked = registry.seen.slice(before).map(({ path }) => path.split("/").at(-1));
    assert.ok(asked.length <= 3 && new Set(asked).size === 2, asked.join(" "));
  }
});

for (const [what, by] of [
  ["a byte less", -1],
  ["a byte more", 1],
] as const) {
  test(`A14 a configuration of ${what} than its manifest says is an error with both sizes, to every command`, async (t) => {
    const { run } = createInProcess(t);
    const size = Buffer.byteLength(image);
    const manifest = manifestOf({ ...described(types.config, image), size: size - by });
    const registry = await serving(t, { type: types.manifest, body: manifest }, [image]);
    for (const args of readers(registry.tag)) {
      const { status, stderr } = await run(args);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`expected ${size - by} bytes, got ${size}`));
    }
  });
}

test("A15 annotations and labels called __proto__ go through every place byte for byte, and change no object", async (t) => {
  const sandbox = createInProcess(t);
  const { gantry } = sandbox;
  const words = '{"__proto__":"p","constructor":"c","toString":"s"}';
  const config = image.replace("{", `{"config":{"Labels":${words}},`);
  const manifest = manifestOf(described(types.config, config)).replace("{", `{"annotations":${words},`);
  const told = await serving(t, { type: types.manifest, body: manifest }, [config]);
  const registry = await startLogged(t);
  let from = told.tag;
  for (const to of ["oci:one", "oci-archive:two.tar:1", `${registry.host}/copy:1`, "oci:three"]) {
    await gantry("copy", from, to);
    from = to;
    assert.equal(await gantry("inspect", "--raw", from), manifest, from);
  }
  const shown = await show(sandbox, from);
  assert.equal(JSON.stringify(shown.annotations), words);
  assert.equal(JSON.stringify(shown.config.config.Labels), words);
  assert.match(await gantry("inspect", from), /annotation +__proto__=p[^]*label +__proto__=p/);
  await gantry(
    "build",
    "--base",
    "oci-layout:three",
    "--platform",
    "linux/amd64",
    "-o",
    "type=oci,dest=built",
  );
  const { Labels } = (await show(sandbox, "oci:built")).config.config;
  assert.equal(Object.getOwnPropertyDescriptor(Labels, "__proto__")?.value, "p");
  assert.equal(JSON.stringify(Labels).length, words.length);
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal(Object.prototype.constructor, Object);
});

test("A17 what a base has beyond the specification stays in its configuration and is left out of the manifest", async (t) => {
  const sandbox = createInProcess(t);
  const more = JSON.stringify({
    ...(JSON.parse(image) as object),
    "x-top": { deep: [1, null, "x"] },
    config: { User: "me", "x-inner": { a: 1 } },
  });
  const config = { ...described(types.config, more), "x-config": 1 };
  const manifest = manifestOf(config, { "x-manifest": { layers: 7 }, mediaType: types.manifest });
  const platform = { os: "linux", architecture: "amd64", "x-platform": true };
  const entry = { ...described(types.manifest, manifest), platform, "x-entry": [] };
  const index = JSON.stringify({ schemaVersion: 2, manifests: [entry], "x-index": null });
  const registry = await serving(t, { type: types.index, body: index }, [more, manifest]);
  for (const args of readers(registry.tag)) {
    const { status, stderr } = await sandbox.run(args);
    assert.equal(status, 0, stderr);
  }
  const built = await show(sandbox, "oci:built");
  const { "x-top": top, config: inner } = built.config as unknown as Record<string, Record<string, unknown>>;
  assert.deepEqual(top, { deep: [1, null, "x"] });
  assert.deepEqual(inner, { User: "me", Labels: { a: "b" }, "x-inner": { a: 1 } });
  assert.doesNotMatch(JSON.stringify(built.manifest), /x-/);
  assert.equal(
    (await show(sandbox, "oci:out")).descriptor.digest,
    digestOf(index),
    "a copy keeps every byte",
  );
});

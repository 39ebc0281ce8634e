import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { startFront } from "../support/fault-registry.js";
import { createInProcess } from "../support/in-process.js";
import { described, digestOf, serving, types, type Told } from "../support/told-registry.js";

const digest = digestOf("x");
const config = `{"mediaType":"${types.config}","digest":"${digest}","size":2}`;
const confusing: Readonly<Record<string, Told>> = {
  "A6 a document that is index and manifest at once": {
    type: types.manifest,
    body: `{"schemaVersion":2,"config":${config},"layers":[],"manifests":[]}`,
  },
  "A8 an index with Layers in another case": {
    type: types.index,
    body: `{"schemaVersion":2,"mediaType":"${types.index}","manifests":[],"Layers":[]}`,
  },
  "A8 a manifest with Manifests in another case": {
    type: types.manifest,
    body: `{"schemaVersion":2,"config":${config},"layers":[],"Manifests":[]}`,
  },
  "A8 a manifest that says its mediaType twice": {
    type: types.manifest,
    body: `{"schemaVersion":2,"mediaType":"${types.manifest}","mediaType":"${types.index}","config":${config},"layers":[]}`,
  },
  "A8 a manifest that says its mediaType in two cases": {
    type: types.manifest,
    body: `{"schemaVersion":2,"mediaType":"${types.manifest}","MediaType":"${types.index}","config":${config},"layers":[]}`,
  },
  "A7 a manifest that comes as an index": {
    type: types.index,
    body: `{"schemaVersion":2,"mediaType":"${types.manifest}","config":${config},"layers":[]}`,
  },
  "A9 a schema 1 manifest": {
    type: "application/vnd.docker.distribution.manifest.v1+prettyjws",
    body: '{"schemaVersion":1,"name":"app","fsLayers":[]}',
  },
};
for (const [what, told] of Object.entries(confusing)) {
  test(`${what} is refused by every command, and nothing it names is asked for`, async (t) => {
    const registry = await serving(t, told);
    const { run } = createInProcess(t);
    for (const args of [
      ["inspect", registry.tag],
      ["copy", registry.tag, "oci:out"],
      ["build", "--base", registry.tag, "-o", "type=oci,dest=out"],
    ]) {
      const { status, stderr } = await run(args);
      assert.equal(status, 1);
      assert.match(
        stderr,
        what.startsWith("A9") ? /schema1 is unsupported/ : /ambiguous|occurs twice|differ/,
      );
    }
    assert.ok(registry.seen.every(({ path }) => path.endsWith("/manifests/1")));
  });
}

const badDigests = ["sha256:../../x", `sha256:${"A".repeat(64)}`, "sha256:ab", `md5:${"0".repeat(32)}`, ""];
for (const bad of badDigests) {
  test(`S6 the digest "${bad.slice(0, 20)}" in a manifest, an index or a layout is refused before it is part of a path`, async (t) => {
    const { run, folder } = createInProcess(t);
    const entry = { mediaType: types.config, digest: bad, size: 2 };
    const documents: readonly Told[] = [
      { type: types.manifest, body: JSON.stringify({ schemaVersion: 2, config: entry, layers: [] }) },
      {
        type: types.index,
        body: JSON.stringify({ schemaVersion: 2, manifests: [{ ...entry, mediaType: types.manifest }] }),
      },
    ];
    for (const told of documents) {
      const registry = await serving(t, told);
      for (const args of [
        ["inspect", registry.tag],
        ["copy", registry.tag, "oci:out"],
      ]) {
        const { status, stderr } = await run(args);
        assert.equal(status, 1);
        assert.match(stderr, /lower-case hex digits/);
      }
      assert.ok(registry.seen.every(({ path }) => path.endsWith("/manifests/1")));
    }
    mkdirSync(`${folder}/layout`);
    writeFileSync(`${folder}/layout/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(`${folder}/layout/index.json`, documents[1]!.body);
    const { status, stderr } = await run(["inspect", "oci:layout"]);
    assert.equal(status, 1);
    assert.match(stderr, /lower-case hex digits/);
  });
}

test("S1 a layer's own URLs are never fetched, by no command", async (t) => {
  const elsewhere = await startFront(t, undefined, () => ({
    status: 401,
    headers: { "www-authenticate": 'Bearer realm="http://127.0.0.1:1/t"' },
  }));
  const layer = described(types.foreign, "foreign", { urls: [`http://${elsewhere.host}/layer`] });
  const image = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [digestOf("diff")] },
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: described(types.config, image),
    layers: [layer],
  });
  const registry = await serving(t, { type: types.manifest, body: manifest }, [image, manifest]);
  const { run, folder } = createInProcess(t);
  writeFileSync(`${folder}/a`, "a");
  for (const args of [
    ["inspect", registry.tag],
    ["copy", registry.tag, "oci:out"],
    ["copy", registry.tag, "docker-archive:out.tar:app:1"],
    ["build", "--base", registry.tag, "--add", "a:/a", "-o", "type=oci,dest=built.tar"],
    ["build", "--base", registry.tag, "--add", "a:/a", "-o", "type=docker,dest=docker.tar"],
  ]) {
    await run([...args, "--platform", "linux/amd64"]);
    await run(args);
  }
  assert.ok(registry.seen.length > 0);
  assert.deepEqual(elsewhere.seen, []);
});

/** What steers a terminal, in every spelling. */
const escapes = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u0000\r\u202eevil";
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

test("S23 what a registry says in errors, headers, warnings, labels and tags steers no terminal", async (t) => {
  const image = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    author: escapes,
    config: { Labels: { [escapes]: escapes }, Env: [`A=${escapes}`], Cmd: [escapes] },
    rootfs: { type: "layers", diff_ids: [] },
    history: [{ created_by: escapes, comment: escapes, empty_layer: true }],
  });
  const annotations = { [escapes]: escapes, "org.opencontainers.image.title": escapes };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config: described(types.config, image),
    layers: [],
    annotations,
  });
  const { run } = createInProcess(t);
  const good = await serving(t, { type: types.manifest, body: manifest }, [image, manifest]);
  const wire = Buffer.from(escapes.replace(/[\u0000\r\u202e]/g, ""))
    .toString("latin1")
    .replace(/[\u0000-\u001f\u007f]/g, "");
  const refusing = await startFront(t, undefined, () => ({
    status: 403,
    headers: { "x-request-id": `${wire}\u009b`, warning: `299 - "${wire}\u009b"` },
    body: JSON.stringify({ errors: [{ code: escapes, message: escapes, detail: escapes }] }),
  }));
  const listing = await startFront(t, undefined, () => ({
    status: 200,
    body: JSON.stringify({ name: "app", tags: [escapes, "good"] }),
  }));
  for (const args of [
    ["inspect", good.tag],
    ["inspect", good.tag, "--debug"],
    ["build", "--base", good.tag, "-o", "type=oci,dest=out.tar", "--progress", "plain"],
    ["inspect", `${refusing.host}/app:1`, "--debug"],
    ["copy", `${refusing.host}/app:1`, "oci:out", "--progress", "plain"],
    ["copy", `${refusing.host}/app:1`, "oci:out", "--progress", "rawjson"],
    ["tags", `${listing.host}/app`],
    ["inspect", `localhost/app:${escapes}`],
    ["inspect", escapes],
  ]) {
    const { stdout, stderr } = await run(args);
    assert.match(stdout + stderr, args[0] === "tags" ? /good/ : /evil|NUL/);
    assert.doesNotMatch(stdout, steering, args.join(" "));
    assert.doesNotMatch(stderr, steering, args.join(" "));
  }
});

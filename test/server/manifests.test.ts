import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  errorCode,
  indexType,
  makeFolder,
  makeManifest,
  manifestType,
  pushBlob,
  putManifest,
  sha256,
  startRegistry,
} from "./support.js";

test("a manifest comes back by tag and by digest, byte for byte and with its exact type", async (t) => {
  const server = await startRegistry(t);
  const text = JSON.stringify(makeManifest(), undefined, 3);
  const put = await putManifest(server, "app/manifests/v1", text);
  assert.equal(put.status, 201);
  assert.equal(put.headers.get("location"), "/v2/app/manifests/v1");
  for (const reference of ["v1", sha256(text)]) {
    const response = await fetch(`${server.url}/v2/app/manifests/${reference}`);
    assert.equal(await response.text(), text);
    assert.equal(response.headers.get("content-type"), manifestType);
    assert.equal(response.headers.get("docker-content-digest"), sha256(text));
    const head = await fetch(`${server.url}/v2/app/manifests/${reference}`, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), String(Buffer.byteLength(text)));
  }
});

test("a tag moves to the manifest put last, the other stays under its digest", async (t) => {
  const server = await startRegistry(t);
  const [first, second] = [makeManifest(), makeManifest({ annotations: { a: "b" } })].map((each) =>
    JSON.stringify(each),
  );
  await putManifest(server, "app/manifests/v1", first!);
  await putManifest(server, "app/manifests/v1", second!);
  assert.equal(await (await fetch(`${server.url}/v2/app/manifests/v1`)).text(), second);
  assert.equal(await (await fetch(`${server.url}/v2/app/manifests/${sha256(first!)}`)).text(), first);
});

test("one PUT by digest sets any number of tags", async (t) => {
  const server = await startRegistry(t);
  const text = JSON.stringify(makeManifest());
  const tags = Array.from({ length: 12 }, (_, number) => `t${number}`);
  const query = tags.map((tag) => `tag=${tag}`).join("&");
  const put = await putManifest(server, `app/manifests/${sha256(text)}?${query}`, text);
  assert.equal(put.status, 201);
  assert.equal(put.headers.get("oci-tag"), tags.join(", "));
  for (const tag of tags) assert.equal((await fetch(`${server.url}/v2/app/manifests/${tag}`)).status, 200);
});

test("a manifest pushed by sha512 keeps that digest, by tag too", async (t) => {
  const server = await startRegistry(t);
  const text = JSON.stringify(makeManifest());
  const digest = `sha512:${createHash("sha512").update(text).digest("hex")}`;
  assert.equal((await putManifest(server, `app/manifests/${digest}?tag=v1`, text)).status, 201);
  const response = await fetch(`${server.url}/v2/app/manifests/v1`);
  assert.equal(response.headers.get("docker-content-digest"), digest);
});

test("what is not a manifest is refused with its reason", async (t) => {
  const server = await startRegistry(t);
  const cases: [string, string, string, string][] = [
    ["v1", "not json", manifestType, "MANIFEST_INVALID"],
    ["v1", "[]", manifestType, "MANIFEST_INVALID"],
    ["v1", JSON.stringify(makeManifest()), indexType, "MANIFEST_INVALID"],
    [
      "v1",
      JSON.stringify(makeManifest({ subject: { digest: "sha256:12" } })),
      manifestType,
      "MANIFEST_INVALID",
    ],
    [sha256("other"), JSON.stringify(makeManifest()), manifestType, "DIGEST_INVALID"],
    ["sha256:baddigeststring", JSON.stringify(makeManifest()), manifestType, "DIGEST_INVALID"],
    [`${sha256("x")}?tag=-`, JSON.stringify(makeManifest()), manifestType, "TAG_INVALID"],
    [".v1", JSON.stringify(makeManifest()), manifestType, "TAG_INVALID"],
    ["a".repeat(129), JSON.stringify(makeManifest()), manifestType, "TAG_INVALID"],
  ];
  for (const [reference, text, type, code] of cases) {
    const response = await putManifest(server, `app/manifests/${reference}`, text, type);
    assert.deepEqual([response.status, await errorCode(response)], [400, code], `${reference} ${text}`);
  }
  assert.equal((await fetch(`${server.url}/v2/app/tags/list`)).status, 404);
});

test("a manifest of four MiB is taken and one byte more is 413", async (t) => {
  const server = await startRegistry(t);
  const limit = 4 * 1024 * 1024;
  const empty = JSON.stringify(makeManifest({ annotations: { a: "" } })).length;
  const full = JSON.stringify(makeManifest({ annotations: { a: "x".repeat(limit - empty) } }));
  assert.equal((await putManifest(server, "app/manifests/v1", full)).status, 201);
  const over = await putManifest(server, "app/manifests/v2", `${full} `);
  assert.deepEqual([over.status, await errorCode(over)], [413, "SIZE_INVALID"]);
});

test("deleting a tag keeps the manifest, deleting the manifest takes its tags along", async (t) => {
  const server = await startRegistry(t);
  const text = JSON.stringify(makeManifest());
  await putManifest(server, `app/manifests/${sha256(text)}?tag=a&tag=b`, text);
  const remove = (reference: string) =>
    fetch(`${server.url}/v2/app/manifests/${reference}`, { method: "DELETE" }).then(({ status }) => status);
  const status = async (reference: string) =>
    (await fetch(`${server.url}/v2/app/manifests/${reference}`)).status;
  assert.equal(await remove("a"), 202);
  assert.deepEqual([await status("a"), await status("b"), await status(sha256(text))], [404, 200, 200]);
  assert.equal(await remove(sha256(text)), 202);
  assert.deepEqual([await status("b"), await status(sha256(text))], [404, 404]);
  assert.equal(await remove("b"), 404);
});

test("missing blobs are accepted by default and named where they are required", async (t) => {
  const lenient = await startRegistry(t);
  const strict = await startRegistry(t, { requireBlobs: true });
  const foreign = {
    mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar",
    digest: sha256("f"),
    size: 1,
  };
  const manifest = makeManifest({ layers: [foreign] });
  assert.equal((await putManifest(lenient, "app/manifests/v1", manifest)).status, 201);
  const refused = await putManifest(strict, "app/manifests/v1", manifest);
  assert.deepEqual([refused.status, await errorCode(refused)], [400, "MANIFEST_BLOB_UNKNOWN"]);
  await pushBlob(strict, "app", Buffer.from("{}"));
  assert.equal((await putManifest(strict, "app/manifests/v1", manifest)).status, 201);
  const index = {
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [{ mediaType: manifestType, digest: sha256("child"), size: 5 }],
  };
  assert.equal((await putManifest(strict, "app/manifests/i", index, indexType)).status, 400);
});

test("an unknown tag and an unknown repository are MANIFEST_UNKNOWN", async (t) => {
  const server = await startRegistry(t);
  await putManifest(server, "app/manifests/v1", makeManifest());
  for (const path of ["app/manifests/v2", "other/manifests/v1", `app/manifests/${sha256("missing")}`]) {
    const response = await fetch(`${server.url}/v2/${path}`);
    assert.deepEqual([response.status, await errorCode(response)], [404, "MANIFEST_UNKNOWN"]);
  }
});

for (const store of ["memory", "a folder"]) {
  test(`H112 a manifest deleted while it is pulled comes to its end, and stays in the other repository (${store})`, async (t) => {
    const server = await startRegistry(t, store === "memory" ? {} : { dir: await makeFolder(t) });
    const text = JSON.stringify(makeManifest({ annotations: { large: "x".repeat(3_900_000) } }));
    for (const repository of ["one", "two"])
      assert.equal((await putManifest(server, `${repository}/manifests/1`, text)).status, 201);
    const reading = await fetch(`${server.url}/v2/one/manifests/1`);
    const reader = reading.body!.getReader();
    let received = Buffer.from((await reader.read()).value!);
    assert.ok(received.length < text.length, "it is under way");
    const url = (repository: string) => `${server.url}/v2/${repository}/manifests/${sha256(text)}`;
    assert.equal((await fetch(url("one"), { method: "DELETE" })).status, 202);
    assert.equal((await fetch(url("one"))).status, 404);
    assert.equal((await fetch(`${server.url}/v2/one/manifests/1`)).status, 404);
    for (let part = await reader.read(); !part.done; part = await reader.read())
      received = Buffer.concat([received, part.value]);
    assert.equal(received.toString(), text);
    assert.equal(await (await fetch(`${server.url}/v2/two/manifests/1`)).text(), text);
  });
}

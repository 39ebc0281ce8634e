import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  indexType,
  makeFolder,
  makeManifest,
  manifestType,
  putManifest,
  sha256,
  startRegistry,
} from "./support.js";

async function listTags(url: string, query = ""): Promise<{ tags: string[]; link: string | null }> {
  const response = await fetch(`${url}/v2/app/tags/list${query}`);
  assert.equal(response.status, 200);
  const { name, tags } = (await response.json()) as { name: string; tags: string[] };
  assert.equal(name, "app");
  return { tags, link: response.headers.get("link") };
}

test("tags are listed in order, page by page along the Link", async (t) => {
  const server = await startRegistry(t);
  for (const tag of ["b", "a", "C", "d", "10"])
    await putManifest(server, `app/manifests/${tag}`, makeManifest());
  assert.deepEqual(await listTags(server.url), { tags: ["10", "C", "a", "b", "d"], link: null });
  const first = await listTags(server.url, "?n=2");
  assert.deepEqual(first.tags, ["10", "C"]);
  const next = /^<([^>]+)>; rel="next"$/.exec(first.link!)![1]!;
  assert.deepEqual((await listTags(server.url, next.slice(next.indexOf("?")))).tags, ["a", "b"]);
  assert.deepEqual(await listTags(server.url, "?n=2&last=b"), { tags: ["d"], link: null });
});

test("H116 S26 n=0 is an empty page without Link, a huge n gives a page of 1000, nonsense is 400", async (t) => {
  const server = await startRegistry(t);
  await putManifest(server, "app/manifests/a", makeManifest());
  assert.deepEqual(await listTags(server.url, "?n=0"), { tags: [], link: null });
  const text = JSON.stringify(makeManifest());
  for (let from = 0; from < 1010; from += 101) {
    const query = Array.from({ length: 101 }, (_, at) => `tag=t${1000 + from + at}`).join("&");
    await putManifest(server, `app/manifests/${sha256(text)}?${query}`, text);
  }
  for (const n of ["1000000000", "999999999999999"]) {
    const { tags, link } = await listTags(server.url, `?n=${n}`);
    assert.equal(tags.length, 1000, n);
    assert.match(link!, /n=1000&last=t1998>/);
  }
  for (const n of ["-1", "x", "1e99", "99999999999999999999"]) {
    assert.equal((await fetch(`${server.url}/v2/app/tags/list?n=${n}`)).status, 400, n);
  }
});

test("F101 H116 tags that differ only in case are two tags, in files whose names differ in more", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir });
  await putManifest(server, "app/manifests/Tag", makeManifest());
  await putManifest(server, "app/manifests/tag", makeManifest({ annotations: { other: "yes" } }));
  assert.deepEqual((await listTags(server.url)).tags, ["Tag", "tag"]);
  const files = readdirSync(join(dir, "repositories", "app", "_tags"));
  assert.deepEqual(files.sort(), ["%54ag", "tag"]);
});

test("referrers of what nobody refers to are an empty index, in an unknown repository too", async (t) => {
  const { url } = await startRegistry(t);
  const response = await fetch(`${url}/v2/nowhere/referrers/${sha256("x")}`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), indexType);
  assert.deepEqual(await response.json(), { schemaVersion: 2, mediaType: indexType, manifests: [] });
  assert.equal((await fetch(`${url}/v2/nowhere/referrers/sha256:bad`)).status, 400);
});

test("referrers carry type, size, artifact type and annotations, and can be filtered", async (t) => {
  const server = await startRegistry(t);
  const subject = { mediaType: manifestType, digest: sha256("subject"), size: 7 };
  const texts = ["application/spdx+json", "application/vnd.example"].map((artifactType) =>
    JSON.stringify(makeManifest({ artifactType, subject, annotations: { of: artifactType } })),
  );
  for (const text of texts) {
    const put = await putManifest(server, `app/manifests/${sha256(text)}`, text);
    assert.equal(put.headers.get("oci-subject"), subject.digest);
  }
  const url = `${server.url}/v2/app/referrers/${subject.digest}`;
  const all = (await (await fetch(url)).json()) as { manifests: object[] };
  assert.equal(all.manifests.length, 2);
  const filtered = await fetch(`${url}?artifactType=${encodeURIComponent("application/spdx+json")}`);
  assert.equal(filtered.headers.get("oci-filters-applied"), "artifactType");
  assert.deepEqual(((await filtered.json()) as { manifests: object[] }).manifests, [
    {
      mediaType: manifestType,
      digest: sha256(texts[0]!),
      size: texts[0]!.length,
      artifactType: "application/spdx+json",
      annotations: { of: "application/spdx+json" },
    },
  ]);
});

test("without an artifact type the config's media type stands for it, and an index has none", async (t) => {
  const server = await startRegistry(t);
  const subject = { mediaType: manifestType, digest: sha256("subject"), size: 7 };
  await putManifest(server, "app/manifests/image", makeManifest({ subject }));
  const index = { schemaVersion: 2, mediaType: indexType, manifests: [], subject };
  await putManifest(server, "app/manifests/index", index, indexType);
  const response = await fetch(`${server.url}/v2/app/referrers/${subject.digest}`);
  const { manifests } = (await response.json()) as {
    manifests: { mediaType: string; artifactType?: string }[];
  };
  const types = Object.fromEntries(manifests.map(({ mediaType, artifactType }) => [mediaType, artifactType]));
  assert.deepEqual(types, { [manifestType]: "application/vnd.oci.empty.v1+json", [indexType]: undefined });
});

test("a deleted referrer is listed no more", async (t) => {
  const server = await startRegistry(t);
  const text = JSON.stringify(
    makeManifest({ subject: { mediaType: manifestType, digest: sha256("s"), size: 1 } }),
  );
  await putManifest(server, `app/manifests/${sha256(text)}`, text);
  await fetch(`${server.url}/v2/app/manifests/${sha256(text)}`, { method: "DELETE" });
  const response = await fetch(`${server.url}/v2/app/referrers/${sha256("s")}`);
  assert.deepEqual(((await response.json()) as { manifests: object[] }).manifests, []);
});

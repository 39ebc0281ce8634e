import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import type { RequestEntry } from "../../src/registry.js";
import { makeFolder, manifestType, sha256, startRegistry } from "./support.js";

const run = promisify(execFile);

async function has(tool: string): Promise<boolean> {
  return await run(tool, ["--version"]).then(
    () => true,
    () =>
      process.env["GANTRY_REQUIRE_INTEROP"] === "1" && assert.fail(`${tool} is required and not installed`),
  );
}

/** An image layout of one tiny image, written by hand. */
async function writeLayout(dir: string): Promise<string> {
  const layer = Buffer.alloc(1024);
  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [sha256(layer)] },
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: sha256(config),
      size: config.length,
    },
    layers: [
      { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: sha256(layer), size: layer.length },
    ],
  });
  const name = { "org.opencontainers.image.ref.name": "tiny" };
  const manifests = [
    { mediaType: manifestType, digest: sha256(manifest), size: manifest.length, annotations: name },
  ];
  await mkdir(join(dir, "blobs", "sha256"), { recursive: true });
  for (const blob of [layer, config, manifest]) {
    await writeFile(join(dir, "blobs", "sha256", sha256(blob).slice(7)), blob);
  }
  await writeFile(join(dir, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await writeFile(join(dir, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  return sha256(manifest);
}

test("H118 skopeo pushes to the registry, copies within it, lists its tags and pulls it back", async (t) => {
  if (!(await has("skopeo"))) return t.skip("skopeo is not installed");
  const dir = await makeFolder(t);
  const entries: RequestEntry[] = [];
  const server = await startRegistry(t, { requireBlobs: true, onRequest: (entry) => entries.push(entry) });
  const digest = await writeLayout(join(dir, "layout"));
  const remote = (name: string) => `docker://${server.host}/${name}`;
  const copy = (from: string, to: string) =>
    run("skopeo", [
      "copy",
      "--insecure-policy",
      "--preserve-digests",
      "--src-tls-verify=false",
      "--dest-tls-verify=false",
      from,
      to,
    ]);
  await copy(`oci:${join(dir, "layout")}:tiny`, remote("app:v1"));
  const { stdout } = await run("skopeo", ["inspect", "--tls-verify=false", remote("app:v1")]);
  assert.equal((JSON.parse(stdout) as { Digest: string }).Digest, digest);
  await copy(remote("app:v1"), remote("other/app:v2"));
  await run("skopeo", ["list-tags", "--tls-verify=false", remote("other/app")]);
  await copy(remote("other/app:v2"), `oci:${join(dir, "back")}:tiny`);
  await run("skopeo", ["delete", "--tls-verify=false", remote("app:v1")]);
  assert.deepEqual(
    entries.filter(({ status }) => status >= 500),
    [],
  );
});

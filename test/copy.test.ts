import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { copy } from "../src/index.js";
import { openLayout } from "../src/places/layout/layout.js";
import { createRegistry } from "../src/server/registry.js";
import { nodeSystem, type System } from "../src/system.js";
import { randomImage, randomIndex } from "./support/random-image.js";
import { scratchFolder, token } from "./support/scratch-folder.js";
import type { Artifact } from "../src/model/content.js";

interface Bench {
  readonly system: System;
  readonly cacheDir: string;
  readonly host: string;
  /** PUT and POST requests the registry had so far. */
  readonly writes: string[];
}

async function setUp(t: TestContext, artifact: Artifact): Promise<Bench> {
  const cwd = await scratchFolder(t);
  const layout = openLayout(join(cwd, "start"), { token });
  await (await layout.stage(artifact, ["1"])).publish();
  const writes: string[] = [];
  const server = await createRegistry({
    onRequest: ({ method, path }) => {
      if (method === "PUT" || method === "POST") writes.push(`${method} ${path}`);
    },
  });
  t.after(() => server.close());
  const system: System = { ...nodeSystem(), cwd, env: {}, home: cwd };
  return { system, cacheDir: join(cwd, "cache"), host: server.host, writes };
}

test("an index goes through every kind of place and comes back with the digest it had", async (t) => {
  const index = randomIndex();
  const { host, ...options } = await setUp(t, index);
  const stops = [
    "oci:start:1",
    `${host}/app:1`,
    "store:app:1",
    "oci-archive:out.tar:x",
    `${host}/other:2`,
    "oci:end",
  ];
  for (const [at, to] of stops.slice(1).entries()) {
    const { digest } = await copy(stops[at]!, to, options);
    assert.equal(digest, index.descriptor.digest, `${stops[at]} to ${to}`);
  }
});

test("one platform of an index goes into a docker archive and back into a registry", async (t) => {
  const { host, ...options } = await setUp(t, randomIndex());
  const { digest } = await copy("oci:start:1", "docker-archive:out.tar:app:1", {
    ...options,
    platform: "linux/arm64",
  });
  assert.equal((await copy("docker-archive:out.tar:app:1", `${host}/app:1`, options)).digest, digest);
  await assert.rejects(copy("oci:start:1", "docker-archive:all.tar", options), { message: /one platform/ });
});

test("within a registry blobs are mounted and none is uploaded", async (t) => {
  const { host, writes, ...options } = await setUp(t, randomImage());
  await copy("oci:start:1", `${host}/one:1`, options);
  writes.length = 0;
  await copy(`${host}/one:1`, `${host}/two:1`, options);
  const uploads = writes.filter((line) => line.startsWith("PUT") && line.includes("/blobs/"));
  assert.deepEqual(uploads, []);
});

test("A2 a copy by tag and digest takes the digest, wherever the tag has gone", async (t) => {
  const first = randomImage({ seed: 1 });
  const { host, ...options } = await setUp(t, first);
  await copy("oci:start:1", `${host}/app:1`, options);
  const layout = openLayout(join(options.system.cwd, "start"), { token });
  await (await layout.stage(randomImage({ seed: 2 }), ["2"])).publish();
  await copy("oci:start:2", `${host}/app:1`, options);
  const { digest } = await copy(`${host}/app:1@${first.descriptor.digest}`, "oci:end", options);
  assert.equal(digest, first.descriptor.digest);
});

test("a copy from a place that has nothing of the name leaves the destination as it was", async (t) => {
  const { host, writes, ...options } = await setUp(t, randomImage());
  await assert.rejects(copy("oci:start:2", `${host}/app:1`, options), { code: "ERR_GANTRY_NOT_FOUND" });
  assert.deepEqual(writes, []);
});

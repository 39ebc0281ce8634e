import assert from "node:assert/strict";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { indexTar } from "../../src/places/archive/tar-index.js";
import { readArtifact } from "../../src/places/artifact.js";
import { readDockerArchive } from "../../src/places/docker-archive/read.js";
import { writeDockerArchive } from "../../src/places/docker-archive/write.js";
import { mediaTypes } from "../../src/model/oci.js";
import { bytesOf } from "../support/place-contract.js";
import { indexOver, randomArtifact, randomImage } from "../support/random-image.js";
import { scratchFolder, token } from "../support/scratch-folder.js";
import { lacking, tool } from "../support/tools.js";
import type { Artifact, Image } from "../../src/model/content.js";

async function write(file: string, artifact: Artifact, ...names: readonly string[]): Promise<void> {
  await (await writeDockerArchive({ file, token }).stage(artifact, names)).publish();
}

async function readJson(file: string, path: string): Promise<unknown> {
  return JSON.parse(Buffer.from((await (await indexTar(file)).readSmall(path))!).toString());
}

const pathOf = ({ descriptor }: { readonly descriptor: { readonly digest: string } }) =>
  `blobs/${descriptor.digest.replace(":", "/")}`;

test("docker's manifest.json and the layout's index.json name one image by all its tags", async (t) => {
  const file = join(await scratchFolder(t), "out.tar");
  const image = randomImage();
  const digest = image.descriptor.digest;
  await write(
    file,
    image,
    "docker.io/library/app:1",
    "localhost:5000/team/app",
    `localhost:5000/app@${digest}`,
  );
  assert.deepEqual(await readJson(file, "manifest.json"), [
    {
      Config: pathOf(image.configContent),
      RepoTags: ["app:1", "localhost:5000/team/app:latest"],
      Layers: image.layers.map(pathOf),
    },
  ]);
  const { manifests } = (await readJson(file, "index.json")) as { manifests: readonly object[] };
  assert.deepEqual(manifests, [
    {
      ...image.descriptor,
      annotations: {
        "io.containerd.image.name": "docker.io/library/app:1",
        "org.opencontainers.image.ref.name": "1",
      },
    },
    {
      ...image.descriptor,
      annotations: {
        "io.containerd.image.name": "localhost:5000/team/app:latest",
        "org.opencontainers.image.ref.name": "latest",
      },
    },
  ]);
});

test("an index of one image beside its attestation is written as that image", async (t) => {
  const file = join(await scratchFolder(t), "out.tar");
  const image = randomImage();
  await write(file, indexOver([image, randomArtifact()]), "app:1");
  assert.equal((await (await readDockerArchive(file)).resolve("app:1")).digest, image.descriptor.digest);
  await assert.rejects(write(file, randomArtifact(), "app:1"), {
    code: "ERR_GANTRY_UNSUPPORTED",
    message: /holds images only/,
  });
});

test("of several images one is taken by its tag, and without a tag they are listed", async (t) => {
  const folder = await scratchFolder(t);
  const images = [randomImage({ seed: 1, packing: ["none"] }), randomImage({ seed: 2, packing: ["none"] })];
  const file = await classicArchive(folder, images, ["one:1", "two:2"]);
  const source = await readDockerArchive(file);
  await assertSameContent((await readArtifact(source, "two:2")) as Image, images[1]!);
  await assert.rejects(source.resolve(), {
    code: "ERR_GANTRY_NOT_FOUND",
    message: /holds several images.*one:1, two:2/,
  });
  await assert.rejects(source.resolve("two:3"), {
    message: /nothing named "two:3" \(did you mean "two:2"\?\)/,
  });
});

test("an old archive of docker save, with links for repeated layers, gives the same manifest each time", async (t) => {
  const folder = await scratchFolder(t);
  const image = randomImage({ packing: ["none"] });
  const file = await classicArchive(folder, [image], ["app:1"]);
  const first = (await readArtifact(await readDockerArchive(file), "app:1")) as Image;
  const second = await readArtifact(await readDockerArchive(file), undefined);
  assert.equal(first.descriptor.digest, second.descriptor.digest);
  assert.deepEqual(
    first.layers.map(({ descriptor }) => descriptor.mediaType),
    [mediaTypes.layerTar, mediaTypes.layerTar],
  );
  await assertSameContent(first, image);
});

test("layers that are packed within an old archive keep their bytes", async (t) => {
  const folder = await scratchFolder(t);
  const image = randomImage({ packing: ["gzip"] });
  const file = await classicArchive(folder, [image], ["app:1"]);
  const found = (await readArtifact(await readDockerArchive(file), "app:1")) as Image;
  assert.deepEqual(
    found.layers.map(({ descriptor }) => descriptor),
    image.layers.map(({ descriptor }) => descriptor),
  );
  await assertSameContent(found, image);
});

test("a layer that is not what the config says is an error", async (t) => {
  const folder = await scratchFolder(t);
  const [image, other] = [
    randomImage({ seed: 1, packing: ["none"] }),
    randomImage({ seed: 2, packing: ["none"] }),
  ];
  const file = await classicArchive(folder, [{ ...image, layers: other.layers }], ["app:1"]);
  const found = (await readArtifact(await readDockerArchive(file), "app:1")) as Image;
  await assert.rejects(bytesOf(found.layers[0]!), { code: "ERR_GANTRY_CONTENT_MISMATCH" });
});

test("a config or a layer that is missing, or a manifest.json of another shape, is named", async (t) => {
  const folder = await scratchFolder(t);
  const image = randomImage({ packing: ["none"] });
  const withoutLayer = await classicArchive(folder, [{ ...image, layers: image.layers.slice(1) }], ["app:1"]);
  const few = readArtifact(await readDockerArchive(withoutLayer), undefined);
  await assert.rejects(few, { code: "ERR_GANTRY_MANIFEST_INVALID" });
  const cases = [
    ['[{"Config":"c.json","RepoTags":null,"Layers":[]}]', /c\.json .* is not in the archive/],
    ['{"Config":"c.json"}', /expected a list of Config, RepoTags, Layers/],
  ] as const;
  for (const [text, message] of cases) {
    await writeFile(join(folder, "manifest.json"), text);
    const file = join(folder, "bad.tar");
    await tool("tar", "-C", folder, "-cf", file, "manifest.json");
    const read = async () => await readArtifact(await readDockerArchive(file), undefined);
    await assert.rejects(read(), { code: "ERR_GANTRY_MANIFEST_INVALID", message });
  }
});

test(
  "skopeo reads the archive by its tag, and Gantry reads what skopeo writes",
  { skip: lacking("skopeo") },
  async (t) => {
    const folder = await scratchFolder(t);
    const image = randomImage({ layers: 3 });
    await write(join(folder, "mine.tar"), image, "docker.io/library/app:1");
    await tool(
      "skopeo",
      "copy",
      `docker-archive:${folder}/mine.tar:app:1`,
      `docker-archive:${folder}/theirs.tar:app:2`,
    );
    const theirs = (await readArtifact(
      await readDockerArchive(join(folder, "theirs.tar")),
      "app:2",
    )) as Image;
    await assertSameContent(theirs, image);
  },
);

test("skopeo also reads the archive as an OCI archive", { skip: lacking("skopeo") }, async (t) => {
  const file = join(await scratchFolder(t), "mine.tar");
  const image = randomImage();
  await write(file, image, "app:1");
  const found = JSON.parse(await tool("skopeo", "inspect", `oci-archive:${file}:1`)) as {
    readonly Digest: string;
  };
  assert.equal(found.Digest, image.descriptor.digest);
});

/** Same configuration, same files: what is kept when docker's archives unpack layers. */
async function assertSameContent(actual: Image, expected: Image): Promise<void> {
  assert.deepEqual(actual.config, expected.config);
  assert.equal(actual.layers.length, expected.layers.length);
  const plain = (bytes: Buffer) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes);
  for (const [at, layer] of actual.layers.entries()) {
    assert.deepEqual(plain(await bytesOf(layer)), plain(await bytesOf(expected.layers[at]!)));
  }
}

/** As docker save wrote before version 25: a folder for each layer, the second a link to a layer elsewhere. */
async function classicArchive(
  folder: string,
  images: readonly Image[],
  tags: readonly string[],
): Promise<string> {
  const root = join(folder, "save");
  const items = [];
  for (const [at, image] of images.entries()) {
    const config = `${image.configContent.descriptor.digest.slice(7)}.json`;
    await mkdir(join(root, `kept-${at}`), { recursive: true });
    await writeFile(join(root, config), await bytesOf(image.configContent));
    const layers = [];
    for (const [layerAt, layer] of image.layers.entries()) {
      const path = `${at}-${layerAt}/layer.tar`;
      await mkdir(join(root, `${at}-${layerAt}`));
      const kept = join(root, `kept-${at}`, `${layerAt}.tar`);
      await writeFile(kept, await bytesOf(layer));
      if (layerAt === 0) await cp(kept, join(root, path));
      else await symlink(`../kept-${at}/${layerAt}.tar`, join(root, path));
      layers.push(path);
    }
    items.push({ Config: config, RepoTags: [tags[at]], Layers: layers });
  }
  await writeFile(join(root, "manifest.json"), JSON.stringify(items));
  const file = join(folder, "save.tar");
  await tool("tar", "-C", root, "-cf", file, ".");
  return file;
}

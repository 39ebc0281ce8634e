import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { isManifest, type Artifact, type Content, type Manifest } from "../../src/model/content.js";
import type { Destination, Source } from "../../src/model/place.js";
import { imageOf, readArtifact } from "../../src/places/artifact.js";
import { brokenImage, indexOver, randomArtifact, randomImage, randomIndex } from "./random-image.js";

/** A fresh place. */
export interface PlaceUnderTest {
  readonly destination: Destination;
  /** Opened afresh, to read what was written. */
  source(): Promise<Source>;
  /** What the place's user writes to, and what its source is then asked for. */
  readonly names: readonly { readonly write: string; readonly read: string }[];
}

export interface ContractOptions {
  /** False where a place holds one image and nothing else. */
  readonly indexes: boolean;
}

/** What every place promises: one suite, run against each. */
export function testPlace(
  kind: string,
  open: (t: TestContext) => Promise<PlaceUnderTest>,
  { indexes }: ContractOptions,
): void {
  test(`${kind}: an image comes back byte by byte under each of its names`, async (t) => {
    const place = await open(t);
    await roundTrip(place, randomImage({ layers: 3 }));
  });

  test(`${kind}: a name stands for nothing before publish`, async (t) => {
    const { destination, source, names } = await open(t);
    const staged = await destination.stage(randomImage(), [names[0]!.write]);
    await assert.rejects(async () => (await source()).resolve(names[0]!.read), {
      code: "ERR_GANTRY_NOT_FOUND",
    });
    await staged.publish();
    await (await source()).resolve(names[0]!.read);
    await staged.abort();
    await (await source()).resolve(names[0]!.read);
  });

  test(`${kind}: what was published stays as it was when a later stage fails`, async (t) => {
    const place = await open(t);
    const [{ write, read }] = place.names as [PlaceUnderTest["names"][number]];
    const good = randomImage({ seed: 1 });
    await (await place.destination.stage(good, [write])).publish();
    const broken = brokenImage(randomImage({ seed: 2 }), 10);
    await assert.rejects(place.destination.stage(broken, [write]), /the line broke/);
    assert.equal((await (await place.source()).resolve(read)).digest, good.descriptor.digest);
    await assertSame(await readArtifact(await place.source(), read), good);
  });

  test(`${kind}: staging again changes nothing`, async (t) => {
    const place = await open(t);
    const image = randomImage();
    await (await place.destination.stage(image, [place.names[0]!.write])).publish();
    await roundTrip(place, image);
  });

  test(`${kind}: a name moves to what was published last`, async (t) => {
    const { destination, source, names } = await open(t);
    for (const seed of [1, 2]) {
      const image = randomImage({ seed });
      await (await destination.stage(image, [names[0]!.write])).publish();
      assert.equal((await (await source()).resolve(names[0]!.read)).digest, image.descriptor.digest);
    }
  });

  test(`${kind}: an abort stops staging with the signal's reason`, async (t) => {
    const { destination, source, names } = await open(t);
    const controller = new AbortController();
    controller.abort(new DOMException("enough", "AbortError"));
    const { signal } = controller;
    await assert.rejects(destination.stage(randomImage(), [names[0]!.write], { signal }), {
      name: "AbortError",
    });
    await assert.rejects(async () => (await source()).resolve(names[0]!.read), {
      code: "ERR_GANTRY_NOT_FOUND",
    });
  });

  test(`${kind}: a name that is not there is an error that says so`, async (t) => {
    const { destination, source, names } = await open(t);
    await (await destination.stage(randomImage(), [names[0]!.write])).publish();
    const other = names[1]!.read;
    await assert.rejects(async () => (await source()).resolve(other), { code: "ERR_GANTRY_NOT_FOUND" });
  });

  test(`${kind}: a blob is read from any offset`, async (t) => {
    const { destination, source, names } = await open(t);
    const image = randomImage({ size: 5000 });
    await (await destination.stage(image, [names[0]!.write])).publish();
    const [layer] = image.layers;
    const whole = await bytesOf(layer!);
    for (const start of [1, 512, whole.length - 1, whole.length]) {
      const part = await collect((await source()).read(layer!.descriptor, { start }));
      assert.deepEqual(part, whole.subarray(start));
    }
  });

  if (!indexes) {
    test(`${kind}: an index of two platforms is refused before anything is written`, async (t) => {
      const { destination, names } = await open(t);
      await assert.rejects(destination.stage(randomIndex(), [names[0]!.write]), {
        code: "ERR_GANTRY_UNSUPPORTED",
      });
    });
    return;
  }

  test(`${kind}: an index, an index within it and what is no image come back byte by byte`, async (t) => {
    const place = await open(t);
    await roundTrip(place, indexOver([randomIndex(), randomImage({ seed: 7 }), randomArtifact()]));
  });

  test(`${kind}: the image for a platform is found in an index`, async (t) => {
    const { destination, source, names } = await open(t);
    const index = randomIndex();
    await (await destination.stage(index, [names[0]!.write])).publish();
    const platform = { os: "linux", architecture: "arm64" };
    const image = await readArtifact(await source(), names[0]!.read, { platform });
    assert.equal(image.descriptor.digest, (await imageOf(index, platform)).descriptor.digest);
    const nowhere = readArtifact(await source(), names[0]!.read, {
      platform: { os: "linux", architecture: "s390x" },
    });
    await assert.rejects(nowhere, {
      code: "ERR_GANTRY_PLATFORM_NOT_FOUND",
      message: /linux\/amd64, linux\/arm64/,
    });
  });
}

async function roundTrip({ destination, source, names }: PlaceUnderTest, artifact: Artifact): Promise<void> {
  const staged = await destination.stage(
    artifact,
    names.map(({ write }) => write),
  );
  const published = await staged.publish();
  const { digest } = artifact.descriptor;
  assert.deepEqual(
    published,
    names.map(({ write }) => ({ name: write, digest })),
  );
  for (const { read } of names) await assertSame(await readArtifact(await source(), read), artifact);
}

/** Everything below both is the same, byte by byte. */
export async function assertSame(actual: Content | Manifest, expected: Content | Manifest): Promise<void> {
  assert.equal(actual.descriptor.digest, expected.descriptor.digest);
  assert.equal(actual.descriptor.mediaType, expected.descriptor.mediaType);
  assert.deepEqual(await bytesOf(actual), await bytesOf(expected));
  assert.equal(isManifest(actual), isManifest(expected));
  if (!isManifest(actual) || !isManifest(expected)) return;
  const [children, wanted] = [await actual.children(), await expected.children()];
  assert.equal(children.length, wanted.length);
  for (const [at, child] of children.entries()) await assertSame(child, wanted[at]!);
}

export async function bytesOf(content: Content): Promise<Buffer> {
  return await collect(content.open());
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const bytes of stream) chunks.push(bytes);
  return Buffer.concat(chunks);
}

import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspect, type Inspection } from "../../src/index.js";
import { createSandbox } from "../support/cli.js";
import { countEach, startLogged, type Logged, type LoggedRegistry } from "../support/logged-registry.js";
import { ownOptions } from "../support/own-options.js";

const megabyte = 1024 * 1024;
// Sizes that differ: one large program shows what two would, in half the time.
const programs = { amd64: 100 * megabyte, arm64: 8 * megabyte } as const;

test("two platforms with a 100 MB program go to two registries under three tags, each blob sent once to each registry", async (t) => {
  const { folder, gantry } = createSandbox(t);
  const registries = [await startLogged(t), await startLogged(t)];
  const [one, two] = registries as [LoggedRegistry, LoggedRegistry];
  for (const [architecture, size] of Object.entries(programs))
    writeProgram(join(folder, "bin", architecture), size);
  mkdirSync(join(folder, "site"));
  writeFileSync(join(folder, "site/index.html"), "<h1>hello</h1>\n");
  const tags = [`${one.host}/app:1`, `${one.host}/app:latest`, `${two.host}/team/app:1`];
  const printed = await gantry(
    ...["build", "--base", "scratch", "--add", "site:/site", "--add", "bin/${TARGETARCH}/server:/server"],
    ...["--entrypoint", '["/server"]', "--platform", "linux/amd64,linux/arm64"],
    ...tags.flatMap((tag) => ["-t", tag]),
    "--push",
  );

  const digest = printed.split("\n")[0]!.split("@")[1]!;
  assert.equal(printed, `${one.host}/app@${digest}\n${two.host}/team/app@${digest}\n`);
  const options = await ownOptions(t);
  for (const { host, log, acts } of registries) {
    const mine = tags.filter((tag) => tag.startsWith(host));
    const sent = acts("upload").map(({ what }) => what);
    const index = await inspect(mine[0]!, options);
    const blobs = blobsOf(index);
    assert.deepEqual(sent.toSorted(), [...blobs.keys()].toSorted(), "every blob of the graph, once");
    const bytes = bytesSent(log);
    const expected = [...blobs.values()].reduce((sum, size) => sum + size, 0);
    assert.equal(bytes, expected, "and no byte of a blob besides");
    assert.ok(expected > programs.amd64 + programs.arm64);
    const manifests = acts("manifest").map(({ what }) => what);
    assert.equal(manifests.length, 3, "two images and the index");
    assert.ok(Object.values(countEach(manifests)).every((times) => times === 1));
    assert.deepEqual(
      acts("tag")
        .map(({ repository, what }) => `${host}/${repository}:${what}`)
        .toSorted(),
      mine.toSorted(),
    );
    for (const tag of mine) assert.equal((await inspect(tag, options)).descriptor.digest, digest);
  }
});

/** Random bytes that repeat, with a beginning of their own: two programs share no layer. */
function writeProgram(folder: string, size: number): void {
  mkdirSync(folder, { recursive: true });
  const block = randomFillSync(Buffer.alloc(4 * megabyte));
  const file = openSync(join(folder, "server"), "w", 0o755);
  for (let written = 0; written < size; written += block.length) writeSync(file, block);
  closeSync(file);
}

/** The blobs below an index with their sizes: each distinct layer and configuration. */
function blobsOf({ manifests = [] }: Inspection): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { bytes } of manifests) {
    const { config, layers } = JSON.parse(Buffer.from(bytes).toString()) as {
      config: { digest: string; size: number };
      layers: { digest: string; size: number }[];
    };
    for (const { digest, size } of [config, ...layers]) found.set(digest, size);
  }
  return found;
}

/** All bytes of bodies that went to blob uploads, those of attempts that failed too. */
function bytesSent(log: readonly Logged[]): number {
  return log
    .filter(({ path }) => path.includes("/blobs/uploads/"))
    .reduce((sum, { bytesIn }) => sum + bytesIn, 0);
}

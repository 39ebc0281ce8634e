import assert from "node:assert/strict";
import { lstat, readdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { readArchive, writeArchive } from "../../src/places/archive/archive.js";
import { indexTar } from "../../src/places/archive/tar-index.js";
import { readArtifact } from "../../src/places/artifact.js";
import { endOfArchive, headerLength, paddedSize, writeHeader } from "../../src/tar/header.js";
import { assertSame, collect } from "../support/place-contract.js";
import { brokenImage, randomImage, randomIndex } from "../support/random-image.js";
import { scratchFolder, token } from "../support/scratch-folder.js";
import { lacking, tool } from "../support/tools.js";
import type { Artifact, Image } from "../../src/model/content.js";
import type { ArchiveFile } from "../../src/places/archive/output.js";

async function write(file: ArchiveFile, artifact: Artifact, ...names: readonly string[]): Promise<void> {
  await (await writeArchive({ file, token }).stage(artifact, names)).publish();
}

function tarOf(...files: readonly (readonly [path: string, text: string])[]): Buffer {
  const parts = files.flatMap(([path, text]) => {
    const entry = { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: text.length } as const;
    const header = Buffer.alloc(headerLength(entry));
    writeHeader(header, 0, entry);
    return [header, Buffer.from(text.padEnd(paddedSize(text.length), "\0"))];
  });
  return Buffer.concat([...parts, endOfArchive]);
}

test("the same artifact and names give the same bytes, in a file and in a stream", async (t) => {
  const folder = await scratchFolder(t);
  for (const name of ["one.tar", "two.tar"]) await write(join(folder, name), randomIndex(), "1", "latest");
  const stream = new PassThrough();
  const streamed = collect(stream);
  await write(stream, randomIndex(), "1", "latest");
  stream.end();
  const one = await readFile(join(folder, "one.tar"));
  assert.deepEqual(await readFile(join(folder, "two.tar")), one);
  assert.deepEqual(await streamed, one);
});

test("GNU tar lists the members sorted, owned by root, of 1970", { skip: lacking("tar") }, async (t) => {
  const file = join(await scratchFolder(t), "out.tar");
  await write(file, randomImage({ layers: 1 }), "1");
  const lines = (await tool("tar", "--utc", "--full-time", "--numeric-owner", "-tvf", file))
    .trim()
    .split("\n");
  const paths = lines.map((line) => line.split(" ").at(-1)!);
  assert.deepEqual(paths, [...paths].sort());
  assert.deepEqual(
    [paths[0], paths[1], ...paths.slice(-2)],
    ["blobs/", "blobs/sha256/", "index.json", "oci-layout"],
  );
  for (const line of lines) assert.match(line, /^[d-]rw[x-]r-[x-]r-[x-] 0\/0 +\d+ 1970-01-01 00:00:00 /);
});

test("G108 output that fails halfway leaves the previous file and no other", async (t) => {
  const folder = await scratchFolder(t);
  const file = join(folder, "out.tar");
  await writeFile(file, "previous");
  await assert.rejects(write(file, brokenImage(randomImage({ size: 5000 }), 100), "1"), /the line broke/);
  const staged = await writeArchive({ file, token }).stage(randomImage(), ["1"]);
  await staged.abort();
  assert.deepEqual(await readdir(folder), ["out.tar"]);
  assert.equal(await readFile(file, "utf8"), "previous");
});

test("a content of another size than its descriptor says never becomes an archive", async (t) => {
  const file = join(await scratchFolder(t), "out.tar");
  const image = randomImage({ layers: 1 });
  for (const length of [10, 100_000]) {
    const layers = image.layers.map((layer) => ({
      ...layer,
      async *open() {
        yield Buffer.alloc(length);
      },
    }));
    const wrong: Image = { ...image, layers, children: async () => [image.configContent, ...layers] };
    await assert.rejects(write(file, wrong, "1"), { code: "ERR_GANTRY_CONTENT_MISMATCH" });
  }
});

test("a stream is waited for: no more than one piece is read ahead of it", async () => {
  const image = randomImage({ layers: 1 });
  let [read, written, ahead] = [0, 0, 0];
  const size = 64 * 65536;
  const layers = image.layers.map((layer) => ({
    ...layer,
    descriptor: { ...layer.descriptor, size },
    async *open() {
      for (; read < size; read += 65536) {
        ahead = Math.max(ahead, read - written);
        yield Buffer.alloc(65536);
      }
    },
  }));
  const slow = new Writable({
    write(bytes: Uint8Array, _encoding, done) {
      written += bytes.length;
      setImmediate(done);
    },
  });
  await write(slow, { ...image, layers, children: async () => [image.configContent, ...layers] }, "1");
  assert.ok(written > size);
  assert.ok(ahead <= 65536, `${ahead} bytes were read ahead`);
});

test("a stream that breaks is an error that names the output", async () => {
  const broken = new Writable({ write: (_bytes, _encoding, done) => done(new Error("EPIPE")) });
  await assert.rejects(write(broken, randomImage(), "1"), {
    code: "ERR_GANTRY_OUTPUT",
    message: /output stream: EPIPE/,
  });
});

test("a link to the file stays a link, a folder that is not there is named, a device is written to", async (t) => {
  const folder = await scratchFolder(t);
  await writeFile(join(folder, "real.tar"), "old");
  await symlink("real.tar", join(folder, "link.tar"));
  await write(join(folder, "link.tar"), randomImage(), "1");
  assert.ok((await lstat(join(folder, "link.tar"))).isSymbolicLink());
  await readArchive(join(folder, "real.tar"));
  const missing = write(join(folder, "no/out.tar"), randomImage(), "1");
  await assert.rejects(missing, { code: "ERR_GANTRY_OUTPUT", message: /the folder .*no is not there/ });
  await write("/dev/null", randomImage(), "1");
  assert.ok((await lstat("/dev/null")).isCharacterDevice());
});

test("what is not an archive is refused by what it is", async (t) => {
  const folder = await scratchFolder(t);
  const file = join(folder, "in.tar");
  const good = join(folder, "good.tar");
  await write(good, randomImage(), "1");
  const bytes = await readFile(good);
  const cases: readonly (readonly [Buffer, string, RegExp])[] = [
    [gzipSync(bytes), "ERR_GANTRY_UNSUPPORTED", /packed with gzip: unpack it first/],
    [
      tarOf(["index.json", "{}"], ["./index.json", "{}"]),
      "ERR_GANTRY_TAR_INVALID",
      /two members named "index.json"/,
    ],
    [tarOf(["other", "text"]), "ERR_GANTRY_NOT_FOUND", /not an OCI archive: it has no index.json/],
    [Buffer.alloc(2000, "x"), "ERR_GANTRY_TAR_INVALID", /in\.tar/],
    [Buffer.alloc(0), "ERR_GANTRY_NOT_FOUND", /no index.json/],
  ];
  for (const [content, code, message] of cases) {
    await writeFile(file, content);
    await assert.rejects(readArchive(file), { code, message });
  }
  await assert.rejects(readArchive(join(folder, "none.tar")), {
    code: "ERR_GANTRY_NOT_FOUND",
    message: /is not there/,
  });
  await truncate(good, bytes.length - 4096);
  await assert.rejects(readArchive(good), { code: "ERR_GANTRY_TAR_INVALID", message: /ends within/ });
});

test(
  "archives of GNU tar and bsdtar with ./ names, long names and links are read",
  { skip: lacking("tar", "bsdtar") },
  async (t) => {
    const folder = await scratchFolder(t);
    const long = "n".repeat(200);
    await writeFile(join(folder, long), "content");
    await symlink(long, join(folder, "link"));
    const commands = [
      ["tar", "--format=gnu"],
      ["tar", "--format=pax"],
      ["bsdtar", "--format=pax"],
    ] as const;
    for (const [program, format] of commands) {
      const file = join(folder, "out.tar");
      await tool(program, format, "-C", folder, "-cf", file, "./link", `./${long}`);
      const tar = await indexTar(file);
      assert.equal((await tar.readSmall("link"))?.toString(), "content", `${program} ${format}`);
      assert.equal(tar.size(long), 7);
    }
  },
);

test("skopeo reads the archive, and Gantry reads skopeo's", { skip: lacking("skopeo") }, async (t) => {
  const folder = await scratchFolder(t);
  const index = randomIndex();
  await write(join(folder, "mine.tar"), index, "1");
  const [mine, theirs] = [`oci-archive:${folder}/mine.tar:1`, `oci-archive:${folder}/theirs.tar:2`];
  await tool("skopeo", "copy", "--all", "--preserve-digests", mine, theirs);
  await assertSame(await readArtifact(await readArchive(join(folder, "theirs.tar")), "2"), index);
});

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { openBlobStore } from "../../../src/blobs/store.js";
import { openRecords } from "../../../src/cache/records.js";
import { createListArchive } from "../../../src/context/archive/list-archive.js";
import type { BlobStore } from "../../../src/blobs/store.js";
import type { ArchiveMember } from "../../../src/plan/archive.js";
import { scratchFolder, token } from "../../support/scratch-folder.js";
import { archiveOf, end, raw } from "../../tar/archive.js";
import { noise } from "../../codec/bytes.js";

const tar = archiveOf({ path: "a", body: "first" }, { path: "b", body: "second" }, { path: "empty" });

/** A store, and what lists with it; how often something was written into it. */
async function listing(t: TestContext, { noCache = false } = {}) {
  const folder = await scratchFolder(t);
  const blobs = openBlobStore(join(folder, "store"), { token });
  const failures: unknown[] = [];
  let written = 0;
  const counted: BlobStore = { ...blobs, create: (options) => (written++, blobs.create(options)) };
  const records = noCache ? undefined : openRecords(join(folder, "records"));
  const list = async (bytes: Uint8Array, name = "a.bin") => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    written = 0;
    const onFailure = (error: unknown) => void failures.push(error);
    return createListArchive({ blobs: counted, records, onFailure })({ path, name });
  };
  return { folder, list, written: () => written, failures, store: join(folder, "store") };
}

function textOf({ bytes, size }: ArchiveMember): string {
  if (bytes === undefined) return "";
  const from = bytes.offset ?? 0;
  return readFileSync(bytes.path)
    .subarray(from, from + size)
    .toString();
}

const texts = (members: readonly ArchiveMember[] | undefined) =>
  members?.map((each) => [each.path, textOf(each)]);
const expected = [
  ["a", "first"],
  ["b", "second"],
  ["empty", ""],
];

test("members of a plain tar are read where they are", async (t) => {
  const { list, folder, written } = await listing(t, { noCache: true });
  const members = await list(tar);
  assert.deepEqual(texts(members), expected);
  assert.deepEqual([members![0]!.bytes?.path, written()], [join(folder, "a.bin"), 0]);
});

test("a packed archive is unpacked once, and not again for the same bytes by another name", async (t) => {
  const { list, written } = await listing(t);
  assert.deepEqual(texts(await list(gzipSync(tar))), expected);
  assert.equal(written(), 1);
  const again = await list(gzipSync(tar), "other.bin");
  assert.deepEqual([texts(again), written()], [expected, 0]);
  const before = statSync(again![0]!.bytes!.path);
  await list(gzipSync(tar, { level: 1 }), "packed-otherwise.bin");
  assert.equal(
    statSync(again![0]!.bytes!.path).ino,
    before.ino,
    "what entries stand for stays that very file",
  );
});

test("a packed archive is unpacked again where its tar is gone", async (t) => {
  const { list, written } = await listing(t);
  const [first] = (await list(gzipSync(tar)))!;
  rmSync(first!.bytes!.path, { force: true });
  assert.deepEqual([texts(await list(gzipSync(tar))), written() > 0], [expected, true]);
});

test("what cannot be remembered is told, and listed all the same", async (t) => {
  const { list, folder, failures } = await listing(t);
  writeFileSync(join(folder, "records"), "a file where the folder belongs");
  assert.deepEqual(texts(await list(gzipSync(tar))), expected);
  assert.equal(failures.length, 1);
});

test("a file that is no archive is none, and is not written anywhere", async (t) => {
  const { list, written, store } = await listing(t);
  const plain = [Buffer.alloc(0), Buffer.alloc(512), noise(2000), gzipSync("text"), gzipSync(noise(2000))];
  const damaged = [gzipSync(tar).subarray(0, 30), Buffer.from("1f8b08ffff", "hex"), tar.subarray(0, 511)];
  for (const bytes of [...plain, ...damaged]) assert.equal(await list(bytes), undefined);
  assert.equal(written(), 0);
  assert.deepEqual(filesIn(store), []);
});

const large = archiveOf(
  { path: "a", body: noise(4000).toString("hex") },
  { path: "b", body: noise(900, 2).toString("hex") },
);
const flawed: readonly (readonly [what: string, bytes: Uint8Array, code: string, message: RegExp])[] = [
  [
    "cut short",
    large.subarray(0, 3000),
    "TAR_INVALID",
    /^archive a\.bin is cut short: it ends within a member, at byte 3000/,
  ],
  [
    "packed and cut short",
    gzipSync(large).subarray(0, -300),
    "CONTENT_MISMATCH",
    /^archive a\.bin: its gzip stream is damaged or cut short near byte/,
  ],
  [
    "of a wrong checksum behind the last member",
    wrongEnd(gzipSync(large)),
    "CONTENT_MISMATCH",
    /^archive a\.bin: its gzip stream/,
  ],
  [
    "of a wrong header",
    Buffer.concat([tar.subarray(0, 1024), Buffer.alloc(512, "x"), end]),
    "TAR_INVALID",
    /^archive a\.bin, header at byte 1024: its checksum/,
  ],
  [
    "with a name of no text",
    Buffer.concat([raw({ name: Buffer.from([0xe9]) }), end]),
    "TAR_INVALID",
    /^archive a\.bin, .* is not UTF-8/,
  ],
  [
    "with a type that nobody knows",
    Buffer.concat([raw({ flag: "V" }), end]),
    "TAR_INVALID",
    /members of type "V" are not supported/,
  ],
];

for (const [what, bytes, code, message] of flawed) {
  test(`an archive ${what} is an error that names it, and leaves nothing behind`, async (t) => {
    const { list, store } = await listing(t);
    await assert.rejects(list(bytes), { code: `ERR_GANTRY_${code}`, message });
    assert.deepEqual(filesIn(store), []);
  });
}

test("an abort stops the listing with its reason", async (t) => {
  const { folder } = await listing(t);
  const path = join(folder, "a.bin");
  writeFileSync(path, gzipSync(large));
  const blobs = openBlobStore(join(folder, "store"), { token });
  const stop = new AbortController();
  const list = createListArchive({ blobs, records: undefined, onFailure: () => undefined });
  const listed = list({ path, name: "a.bin" }, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(listed, /enough/);
});

test("an archive that changes while it is read is an error", async (t) => {
  const { folder } = await listing(t);
  const path = join(folder, "a.bin");
  writeFileSync(path, tar);
  const blobs = openBlobStore(join(folder, "store"), { token });
  const list = createListArchive({ blobs, records: undefined, onFailure: () => undefined });
  const listed = list({ path, name: "a.bin" });
  utimesSync(path, 1, 1);
  await assert.rejects(listed, { code: "ERR_GANTRY_SOURCE_CHANGED" });
});

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const all = readdirSync(folder, { recursive: true, withFileTypes: true });
  return all.filter((each) => each.isFile()).map(({ name }) => name);
}

function wrongEnd(bytes: Buffer): Buffer {
  bytes[bytes.length - 1]! ^= 1;
  return bytes;
}

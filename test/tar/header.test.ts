import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { headerLength, paddedSize, writeHeader } from "../../src/tar/header.js";
import type { TarEntry } from "../../src/tar/header.js";
import { parsePax } from "../../src/tar/records.js";
import { archiveOf, entryOf, header, membersOf } from "./archive.js";

const invalid = { code: "ERR_GANTRY_TAR_INVALID" };

/** What the PAX header of an entry says; none where it has none. */
function recordsOf(entry: TarEntry): Record<string, string> {
  const bytes = header(entry);
  if (bytes.length === 512) return {};
  const size = Number.parseInt(bytes.toString("latin1", 124, 135), 8);
  const records = parsePax(bytes.subarray(512, 512 + size), "test");
  return Object.fromEntries([...records].map(([key, value]) => [key, Buffer.from(value).toString()]));
}

const name = (length: number) => "d/".repeat(length).slice(0, length - 1) + "f";

test("a plain file's header is one ustar block of known bytes", () => {
  const block = header({
    ...entryOf({ path: "app/main.js", mode: 0o755, uid: 1000, gid: 1001, mtime: 1 }),
    size: 8,
  });
  const field = (from: number, to: number) => block.toString("latin1", from, to);
  assert.equal(block.length, 512);
  assert.equal(field(0, 12), "app/main.js\0");
  assert.equal(field(100, 124), "0000755\x000001750\x000001751\0");
  assert.equal(field(124, 157), "00000000010\x0000000000001\x00011275\x00 0");
  assert.equal(field(257, 265), "ustar\x0000");
  assert.equal(field(265, 329), "\0".repeat(64));
  assert.equal(field(329, 345), "0000000\x000000000\0");
});

test("the bytes of an archive with every kind of header are frozen under tarVersion 1", () => {
  const archive = archiveOf(
    { path: "app", type: "directory", mode: 0o755 },
    { path: "app/plain", body: "hello", mode: 0o4755, uid: 1000, gid: 1000, mtime: 1234567890 },
    { path: "app/link", type: "symlink", mode: 0o777, linkTarget: "../elsewhere" },
    { path: "app/twin", type: "hardlink", linkTarget: "app/plain" },
    { path: `app/${"long".repeat(40)}`, body: "x", uid: 3_000_000, gid: 4_000_000, mtime: -1.25 },
    { path: `app/\u00e9\u{1f600}`, type: "directory" },
    { path: "app/far", type: "symlink", linkTarget: "t".repeat(101) },
  );
  const digest = createHash("sha256").update(archive).digest("hex");
  assert.equal(digest, "c11b91c24a2dfe5e70a8ee6bf34bb73b6a6726ecc077dcd1f55c8b598f4279cb");
});

test("B19 names up to 100 bytes stay in ustar, from 101 on they get a PAX path", async () => {
  for (const length of [1, 99, 100, 101, 155, 156, 255, 256, 257, 4096]) {
    const path = name(length);
    const entry = entryOf({ path });
    assert.deepEqual(recordsOf(entry), length > 100 ? { path } : {}, `length ${length}`);
    const [member] = await membersOf(archiveOf({ path }));
    assert.equal(member!.header.path, path);
  }
});

test("B19 a directory's slash counts as a byte of its name", async () => {
  for (const length of [98, 99, 100, 101]) {
    const path = name(length);
    assert.deepEqual(
      recordsOf(entryOf({ path, type: "directory" })),
      length > 99 ? { path: `${path}/` } : {},
    );
    const [member] = await membersOf(archiveOf({ path, type: "directory" }));
    assert.deepEqual([member!.header.path, member!.header.type], [path, "directory"]);
  }
});

test("B20 names beyond ASCII keep their bytes, composed and decomposed apart", async () => {
  const paths = [
    "caf\u00e9",
    "cafe\u0301",
    "\u{1f469}\u200d\u{1f4bb}",
    "\u05e9\u05dc\u05d5\u05dd",
    "\ufeffbom",
    "\x7f",
  ];
  const members = await membersOf(archiveOf(...paths.map((path) => ({ path }))));
  assert.deepEqual(
    members.map(({ header }) => header.path),
    paths,
  );
});

test("B21 text that UTF-8 cannot hold is refused by name, never replaced", () => {
  assert.throws(() => header(entryOf({ path: "bad\ud800name" })), {
    ...invalid,
    message: /bad\\ud800name.*Unicode/,
  });
  const link = entryOf({ path: "l", type: "symlink", linkTarget: "\udfff" });
  assert.throws(() => headerLength(link), { ...invalid, message: /link target of "l"/ });
});

test("B22 newlines, equals signs, spaces and leading dashes pass through a PAX record", async () => {
  const paths = ["-rf", "a=b", "two\nlines", "9 path=x\n", " lead", `${"=\n".repeat(60)}\u00e9`];
  const members = await membersOf(archiveOf(...paths.map((path) => ({ path }))));
  assert.deepEqual(
    members.map(({ header }) => header.path),
    paths,
  );
});

test("B22 the length of a record is right where it gains a digit", () => {
  for (let length = 101; length <= 1100; length++) {
    const path = "n".repeat(length);
    assert.deepEqual(recordsOf(entryOf({ path })), { path });
  }
});

test("B23 link targets over 100 bytes get a PAX linkpath", async () => {
  for (const length of [100, 101, 255, 256, 4096]) {
    for (const type of ["symlink", "hardlink"] as const) {
      const linkTarget = name(length);
      const expected = length > 100 ? { linkpath: linkTarget } : {};
      assert.deepEqual(recordsOf(entryOf({ path: "l", type, linkTarget })), expected);
      const [member] = await membersOf(archiveOf({ path: "l", type, linkTarget }));
      assert.equal(member!.header.linkTarget, linkTarget);
    }
  }
});

test("B24 sizes from 8 GiB on get a PAX size", () => {
  const entry = entryOf({ path: "big" });
  const limit = 8 * 1024 ** 3;
  assert.deepEqual(recordsOf({ ...entry, size: limit - 1 }), {});
  assert.deepEqual(recordsOf({ ...entry, size: limit }), { size: "8589934592" });
  assert.deepEqual(recordsOf({ ...entry, size: limit + 1 }), { size: "8589934593" });
  assert.deepEqual(recordsOf({ ...entry, size: Number.MAX_SAFE_INTEGER }), { size: "9007199254740991" });
});

test("B33 modes, large ids and odd times are written without loss", async () => {
  for (const mode of [0, 0o777, 0o1777, 0o2755, 0o4755, 0o7777]) {
    const [member] = await membersOf(archiveOf({ path: "f", mode }));
    assert.equal(member!.header.mode, mode);
  }
  for (const id of [0, 65534, 0o7777777, 0o7777777 + 1, 2 ** 31 - 1, 2 ** 32]) {
    const [member] = await membersOf(archiveOf({ path: "f", uid: id, gid: id }));
    assert.deepEqual([member!.header.uid, member!.header.gid], [id, id]);
  }
  for (const mtime of [0, 1, -1, -1.5, 0.25, 1e-9, 2 ** 33 - 1, 2 ** 33, 2 ** 33 + 0.5, -(2 ** 40)]) {
    const [member] = await membersOf(archiveOf({ path: "f", mtime }));
    assert.equal(member!.header.mtime, mtime);
  }
});

test("PAX records are sorted by key and only those that are needed", () => {
  const entry = { ...entryOf({ path: "\u00e9", uid: 1e8, gid: 1e8, mtime: -1 }), size: 2 ** 40 };
  assert.deepEqual(Object.keys(recordsOf(entry)), ["gid", "mtime", "path", "size", "uid"]);
  assert.deepEqual(Object.keys(recordsOf(entryOf({ path: "f", mtime: 0.5 }))), ["mtime"]);
});

test("only a file's size is written", async () => {
  const entry = { ...entryOf({ path: "l", type: "symlink", linkTarget: "t" }), size: 2 ** 40 };
  assert.equal(header(entry).toString("latin1", 124, 136), "00000000000\0");
});

test("what no tar can hold is refused with the entry's name", () => {
  const refused: [Partial<TarEntry>, RegExp][] = [
    [{ path: "" }, /path/],
    [{ path: "a\0b" }, /NUL/],
    [{ uid: -1 }, /owner id of "f".*-1/],
    [{ gid: 1.5 }, /group id of "f".*1\.5/],
    [{ size: Number.NaN }, /size of "f".*NaN/],
    [{ size: 2 ** 53 }, /size of "f"/],
    [{ mtime: Number.NaN }, /time of "f"/],
    [{ mtime: Number.POSITIVE_INFINITY }, /time of "f"/],
    [{ type: "symlink" }, /symlink "f" needs a target/],
    [{ type: "hardlink", linkTarget: "" }, /hardlink "f" needs a target/],
  ];
  for (const [change, message] of refused) {
    const entry = { ...entryOf({ path: "f" }), ...change };
    assert.throws(() => writeHeader(Buffer.alloc(4096), 0, entry), { ...invalid, message });
    assert.throws(() => headerLength(entry), { ...invalid, message });
  }
});

test("a header overwrites what was in its blocks and nothing around them", () => {
  for (const path of ["plain", "\u00e9".repeat(300)]) {
    const entry = entryOf({ path });
    const length = headerLength(entry);
    const target = Buffer.alloc(length + 1024, 0xaa);
    assert.equal(writeHeader(target, 512, entry), 512 + length);
    assert.deepEqual(target.subarray(512, 512 + length), header(entry));
    assert.ok(target.subarray(0, 512).every((byte) => byte === 0xaa));
    assert.ok(target.subarray(512 + length).every((byte) => byte === 0xaa));
  }
});

test("paddedSize rounds up to blocks, beyond 32 bits too", () => {
  assert.deepEqual([0, 1, 511, 512, 513].map(paddedSize), [0, 512, 512, 512, 1024]);
  assert.equal(paddedSize(2 ** 33 + 1), 2 ** 33 + 512);
});

const segment = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
  .map((text) => `n${text.replace(/[/\0\\]/g, "_")}`);
const path = fc.array(segment, { minLength: 1, maxLength: 6 }).map((parts) => parts.join("/"));
const entry: fc.Arbitrary<TarEntry> = fc
  .record({
    path,
    type: fc.constantFrom("file", "directory", "symlink", "hardlink", "char", "block", "fifo"),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.nat({ max: 2 ** 31 - 1 }),
    gid: fc.nat({ max: 2 ** 31 - 1 }),
    mtime: fc.oneof(fc.nat(), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.constant(2 ** 35)),
    linkTarget: path,
    device: fc.record(
      { major: fc.nat({ max: 0o7777777 }), minor: fc.nat({ max: 0o7777777 }) },
      { noNullPrototype: true },
    ),
    xattrs: fc.option(
      fc.dictionary(fc.stringMatching(/^[a-z]+\.[^=\0\ud800-\udfff]+$/u), fc.uint8Array(), {
        minKeys: 1,
        noNullPrototype: false,
      }),
      { nil: undefined },
    ),
  })
  .map(
    ({ linkTarget, device, xattrs, ...rest }) =>
      ({
        ...rest,
        size: 0,
        ...(rest.type === "symlink" || rest.type === "hardlink" ? { linkTarget } : {}),
        ...(rest.type === "char" || rest.type === "block" ? { device } : {}),
        ...(xattrs === undefined ? {} : { xattrs }),
      }) as TarEntry,
  );

function shown(xattrs: TarEntry["xattrs"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(xattrs ?? {}).map(([name, value]) => [name, Buffer.from(value).toString("hex")]),
  );
}

test("any entry takes the length foretold and is read back as it was", async () => {
  await fc.assert(
    fc.asyncProperty(entry, async (wanted) => {
      const target = Buffer.alloc(headerLength(wanted));
      assert.equal(writeHeader(target, 0, wanted), target.length);
      const [member] = await membersOf(target);
      const { name, xattrs, ...read } = member!.header;
      assert.equal(name, wanted.type === "directory" ? `${wanted.path}/` : wanted.path);
      const { xattrs: given, ...rest } = wanted;
      assert.deepEqual(read, rest);
      assert.deepEqual(shown(xattrs), shown(given));
    }),
    { numRuns: 300 },
  );
});

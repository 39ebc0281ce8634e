import assert from "node:assert/strict";
import { test } from "node:test";
import { readTar } from "../../src/tar/read.js";
import { archiveOf, chunked, end, entryOf, header, membersOf, pax, raw } from "./archive.js";

const invalid = (message: RegExp) => ({ code: "ERR_GANTRY_TAR_INVALID", message });

/** What an archive of these parts, with its end, is refused with. */
async function refuses(message: RegExp, ...parts: readonly Buffer[]): Promise<void> {
  await assert.rejects(membersOf(Buffer.concat([...parts, end])), invalid(message));
}

async function pathsOf(...parts: readonly Buffer[]): Promise<string[]> {
  return (await membersOf(Buffer.concat([...parts, end]))).map(({ header }) => header.path);
}

const everything = archiveOf(
  { path: "d", type: "directory", mode: 0o755 },
  { path: "d/f", body: "hello" },
  { path: "d/empty" },
  { path: `d/${"long".repeat(50)}`, body: "x".repeat(1500) },
  { path: "d/s", type: "symlink", linkTarget: "f" },
  { path: "d/h", type: "hardlink", linkTarget: "d/f" },
);

test("an archive reads the same in chunks of any size", async () => {
  const whole = await membersOf(everything);
  assert.equal(whole.length, 6);
  assert.deepEqual(
    [whole[1]!.body, whole[3]!.body.length, whole[5]!.header.linkTarget],
    ["hello", 1500, "d/f"],
  );
  for (const chunk of [1, 7, 511, 512, 513, 4096]) {
    assert.deepEqual(await membersOf(everything, { chunk }), whole);
  }
});

test("a body that nobody read, or not to its end, is skipped", async () => {
  const paths: string[] = [];
  for await (const { header, body } of readTar(chunked(everything, 100))) {
    paths.push(header.path);
    if (header.path === "d/f") for await (const part of body) if (part.length > 0) break;
  }
  assert.deepEqual(
    paths,
    (await membersOf(everything)).map(({ header }) => header.path),
  );
});

test("a body that is read too late is an error, not other bytes", async () => {
  const late: AsyncIterable<Uint8Array>[] = [];
  for await (const { body } of readTar(chunked(everything))) late.push(body);
  await assert.rejects(async () => {
    for await (const part of late[1]!) assert.fail(`${part.length} bytes came`);
  }, /before the next member/);
});

test("each member says where its body begins", async () => {
  for await (const { header, bodyOffset } of readTar(chunked(everything))) {
    if (header.path === "d/f")
      assert.equal(everything.toString("latin1", bodyOffset, bodyOffset + 5), "hello");
  }
});

test("an archive cut short anywhere within a member is an error", async () => {
  const archive = archiveOf({ path: "a", body: "x" }, { path: "\u00e9", body: "y".repeat(600) });
  const contentEnd = archive.length - 1024;
  for (let length = 1; length < contentEnd; length += 37) {
    // Between two members nothing is missing that could be told.
    if (length === 1024) continue;
    await assert.rejects(
      membersOf(archive.subarray(0, length)),
      invalid(/cut short|expected after/),
      `at ${length}`,
    );
  }
});

test("an archive may lack its end or have one zero block, as some writers leave it", async () => {
  const archive = archiveOf({ path: "a", body: "x" });
  for (const less of [512, 1024]) assert.equal((await membersOf(archive.subarray(0, -less))).length, 1);
  assert.deepEqual(await membersOf(Buffer.alloc(0)), []);
  assert.deepEqual(await membersOf(end), []);
});

test("S15 bytes behind the end are read, so that a digest sees them, and are no members", async () => {
  let seen = 0;
  const archive = Buffer.concat([everything, Buffer.from("junk"), archiveOf({ path: "ghost" })]);
  const counted = async function* () {
    for await (const chunk of chunked(archive, 1000)) {
      seen += chunk.length;
      yield chunk;
    }
  };
  let members = 0;
  for await (const { header } of readTar(counted())) {
    assert.notEqual(header.path, "ghost");
    members++;
  }
  assert.deepEqual([members, seen], [6, archive.length]);
});

test("a reader that stops early closes the stream underneath", async () => {
  let closed = false;
  const stream = async function* () {
    try {
      yield everything;
      yield everything;
    } finally {
      closed = true;
    }
  };
  for await (const { header } of readTar(stream())) {
    assert.equal(header.path, "d");
    break;
  }
  assert.ok(closed);
});

test("S9 names that leave the archive, or are none, are refused by name", async () => {
  const names = [
    "/etc/passwd",
    "//etc/passwd",
    "..",
    "../x",
    "a/../../x",
    "a/..",
    "./../x",
    "a/../b",
    "/..",
    "..\\x",
    "a\\..\\x",
    "\\x",
    "\\\\host\\share",
    "C:\\x",
    "c:/x",
    "",
  ];
  for (const name of names) {
    const shown = JSON.stringify(name).replace(/[\\.^$*+?()[\]{}|/]/g, "\\$&");
    const message = new RegExp(`the name ${shown} (is|holds)`);
    await refuses(message, raw({ name }));
    await refuses(message, raw({ name: "twin", flag: "1", link: name }));
    if (name !== "") await refuses(message, raw({ flag: "x" }, pax({ path: name })), raw({}));
    if (name !== "") await refuses(message, raw({ flag: "L" }, `${name}\0`), raw({}));
  }
});

test("S9 names that differ only in slashes and dots are one path; the root is the empty one", async () => {
  const names = ["./a", "a", "a/", "./a/", "a//b", "./a/./b", "./", "/", ".", "..a", "a..", "x\\x2dy", "C:"];
  const paths = await pathsOf(...names.map((name) => raw({ name, flag: "5" })));
  assert.deepEqual(paths, ["a", "a", "a", "a", "a/b", "a/b", "", "", "", "..a", "a..", "x\\x2dy", "C:"]);
});

test("S9 a NUL in a PAX path is refused", async () => {
  await refuses(/PAX record path holds a NUL/, raw({ flag: "x" }, pax({ path: "a\0b" })), raw({}));
});

test("B21 a name that is not UTF-8 is refused, never replaced", async () => {
  await refuses(/not UTF-8/, raw({ name: Buffer.from([0x61, 0xff]) }));
});

test("symlink targets are kept as they are, wherever they point", async () => {
  const targets = ["/etc/passwd", "../../x", "a//b/", "C:\\x", "."];
  const members = await membersOf(
    Buffer.concat([...targets.map((link) => raw({ name: "s", flag: "2", link })), end]),
  );
  assert.deepEqual(
    members.map(({ header }) => header.linkTarget),
    targets,
  );
  await refuses(/symlink needs a target/, raw({ name: "s", flag: "2" }));
});

test("B33 base-256 numbers are read; negative only for times", async () => {
  const base256 = (value: bigint, length: number, first = 0x80) => {
    const bytes = Buffer.alloc(length);
    for (let index = length - 1, rest = BigInt.asUintN(8 * length, value); index >= 0; index--, rest >>= 8n) {
      bytes[index] = Number(rest & 0xffn);
    }
    bytes[0]! |= first;
    return bytes;
  };
  const [member] = await membersOf(
    Buffer.concat([raw({ uid: base256(5_000_000_000n, 8), mtime: base256(-5n, 12) }), end]),
  );
  assert.deepEqual([member!.header.uid, member!.header.mtime], [5_000_000_000, -5]);
  await refuses(/owner -1 must not be negative/, raw({ uid: base256(-1n, 8) }));
  await refuses(/size -512 must not be negative/, raw({ size: base256(-512n, 12) }));
  await refuses(/size \d+ is too large/, raw({ size: base256(1n << 60n, 12) }));
});

test("B34 extended attributes are kept as bytes, under any name", async () => {
  const value = "\x01\0\0\x02";
  const records = pax({ "SCHILY.xattr.security.capability": value, "SCHILY.xattr.__proto__": "p" });
  const [member] = await membersOf(Buffer.concat([raw({ flag: "x" }, records), raw({}), end]));
  const xattrs = member!.header.xattrs!;
  assert.deepEqual(Buffer.from(xattrs["security.capability"]!).toString("latin1"), value);
  assert.deepEqual(Object.keys(xattrs), ["security.capability", "__proto__"]);
});

test("devices and fifos are told with their numbers", async () => {
  const block = raw({ name: "null", flag: "3" });
  const members = await membersOf(Buffer.concat([block, raw({ name: "p", flag: "6" }), end]));
  assert.deepEqual(
    members.map(({ header }) => header.type),
    ["char", "fifo"],
  );
  assert.deepEqual(members[0]!.header.device, { major: 0, minor: 0 });
});

test("a ustar prefix counts, but not where GNU's magic says that times stand there", async () => {
  assert.deepEqual(await pathsOf(raw({ name: "f", prefix: "a/b" })), ["a/b/f"]);
  assert.deepEqual(await pathsOf(raw({ name: "f", prefix: "00000000000", magic: "ustar  \0" })), ["f"]);
});

test("a damaged header is told from what it should be", async () => {
  await refuses(
    /header at byte 0: its checksum is 1, but its bytes give \d+/,
    raw({ checksum: "000001\0 " }),
  );
  await refuses(/checksum must be an octal number/, raw({ checksum: "9".repeat(8) }));
  await refuses(/mode must be an octal number, but is "0x1ff/, raw({ mode: "0x1ff" }));
  await assert.rejects(membersOf(Buffer.alloc(512, "not a tar at all")), invalid(/checksum/));
});

test("a member's error names the archive, the place and the member", async () => {
  const archive = Buffer.concat([header(entryOf({ path: "ok" })), raw({ name: "odd", flag: "Z" }), end]);
  const message = /^layer 3, header at byte 512 \("odd"\): members of type "Z" are not supported/;
  await assert.rejects(membersOf(archive, { what: "layer 3" }), invalid(message));
});

test("S8 more members than the cap are refused", async () => {
  const archive = archiveOf({ path: "a" }, { path: "b" }, { path: "c" });
  assert.equal((await membersOf(archive, { maxMembers: 3 })).length, 3);
  await assert.rejects(membersOf(archive, { maxMembers: 2 }), { code: "ERR_GANTRY_LIMIT" });
});

test("S7 an extended header over 1 MiB is refused before it is read", async () => {
  for (const flag of ["x", "g", "L", "K"]) {
    const archive = raw({ flag, size: "00004000001" });
    await assert.rejects(membersOf(archive), { code: "ERR_GANTRY_LIMIT", message: /1048577 bytes/ });
  }
});

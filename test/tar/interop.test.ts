import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { paddedSize } from "../../src/tar/header.js";
import { lacking, tool } from "../support/tools.js";
import { archiveOf, entryOf, header, membersOf } from "./archive.js";
import type { Member } from "./archive.js";

/** One line for each member: path as hex, type, size, mode, ids, time, link target as hex. By Python's tarfile. */
const listing = `
import sys, tarfile
def shown(text): return text.encode("utf-8", "surrogateescape").hex()
for m in tarfile.open(sys.argv[1], "r:"):
    kind = {b"0": "file", b"1": "hardlink", b"2": "symlink", b"5": "directory"}[m.type]
    print(shown(m.name), kind, m.size, m.mode, m.uid, m.gid, int(m.mtime), shown(m.linkname) or "-")
`;

const name = (length: number) => "d/".repeat(length).slice(0, length - 1) + "f";

/** The boundaries of B19 to B23 and B33 that every reader can list. */
const members: readonly Member[] = [
  ...[1, 99, 100, 101, 155, 156, 255, 256, 257, 3000].map((length) => ({
    path: name(length),
    body: String(length),
  })),
  ...[97, 98, 99, 100, 101].map(
    (length) => ({ path: name(length), type: "directory", mode: 0o755 }) as const,
  ),
  ...["caf\u00e9", "cafe\u0301", "\u{1f469}\u200d\u{1f4bb}", "\u05e9\u05dc"].map((path) => ({
    path,
    body: path,
  })),
  ...["-rf", "a=b", " space", "two\nlines", "two\nlines\u00e9"].map((path) => ({ path })),
  ...[100, 101, 256, 3000].map(
    (length) => ({ path: `s${length}`, type: "symlink", linkTarget: name(length) }) as const,
  ),
  ...[100, 101, 256].map(
    (length) => ({ path: `h${length}`, type: "hardlink", linkTarget: name(length) }) as const,
  ),
  ...[0o4755, 0o2755, 0o1777, 0o777, 0].map((mode) => ({ path: `m${mode}`, mode })),
  ...[65534, 0o7777777, 0o10000000, 2 ** 31 - 1].map((uid) => ({ path: `u${uid}`, uid, gid: uid })),
  ...[1, -1, 2 ** 33 - 1, 2 ** 33].map((mtime) => ({ path: `t${mtime}`, mtime })),
];

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "gantry-tar-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function write(t: TestContext, bytes: Uint8Array): string {
  const file = join(folder(t), "a.tar");
  writeFileSync(file, bytes);
  return file;
}

test(
  "B19 B20 B22 B23 B33 Python's tarfile lists what was written, to the byte",
  { skip: lacking("python3") },
  async (t) => {
    const file = write(t, archiveOf(...members));
    const hex = (text = "") => Buffer.from(text).toString("hex");
    const expected = members.map((member) => {
      const { path, type, size, mode, uid, gid, mtime, linkTarget } = entryOf(member);
      return [hex(path), type, size, mode, uid, gid, mtime, hex(linkTarget) || "-"].join(" ");
    });
    assert.deepEqual((await tool("python3", "-c", listing, file)).trimEnd().split("\n"), expected);
  },
);

for (const program of ["tar", "bsdtar"]) {
  test(`B19 B20 B22 B23 ${program} lists every name as written`, { skip: lacking(program) }, (t) => {
    // Names with newlines are listed escaped, each program in its own way.
    // libarchive composes decomposed names as it lists them.
    const plain = members.filter(
      ({ path }) => !path.includes("\n") && (program === "tar" || path.normalize() === path),
    );
    const file = write(t, archiveOf(...plain));
    const { status, stdout, stderr } = spawnSync(
      program,
      ["-tf", file, ...(program === "tar" ? ["--quoting-style=literal"] : [])],
      {
        env: { ...process.env, LC_ALL: "C.UTF-8" },
      },
    );
    assert.equal(status, 0, String(stderr));
    assert.equal(String(stderr), "");
    const expected = plain.map(({ path, type }) => (type === "directory" ? `${path}/` : path));
    assert.deepEqual(stdout.toString().trimEnd().split("\n"), expected);
  });

  test(
    `${program} unpacks bodies and links of an archive that Gantry wrote`,
    { skip: lacking(program) },
    async (t) => {
      const file = write(
        t,
        archiveOf(
          { path: "d", type: "directory", mode: 0o755 },
          { path: "d/f", body: "hello", mode: 0o755 },
          { path: `d/${"l".repeat(200)}`, body: "x".repeat(1025) },
          { path: "d/s", type: "symlink", linkTarget: "f", mode: 0o777 },
          { path: "d/h", type: "hardlink", linkTarget: "d/f" },
        ),
      );
      const target = folder(t);
      await tool(program, "-xf", file, "-C", target);
      const seen = await tool(
        "sh",
        "-c",
        'cd "$0"; cat d/s d/h; cat d/lll* | wc -c; stat -c "%a %h" d/f',
        target,
      );
      assert.equal(seen.replaceAll(" ", ""), "hellohello1025\n7552\n");
    },
  );

  for (const format of ["ustar", "pax", "gnu", "v7"]) {
    if (program === "bsdtar" && (format === "gnu" || format === "v7")) continue;
    test(`${program}'s ${format} archives are read`, { skip: lacking(program) }, async (t) => {
      const source = folder(t);
      const long = format === "pax" || format === "gnu" ? "n".repeat(180) : "n".repeat(60);
      await mkdir(join(source, "d"));
      await writeFile(join(source, "d", long), "body");
      await link(join(source, "d", long), join(source, "d", "z"));
      await symlink(`./${long}`, join(source, "d", "s"));
      const file = join(folder(t), "a.tar");
      await tool(program, `--format=${format}`, "-cf", file, "-C", source, "./d");
      const read = await membersOf(await readFile(file));
      const found = new Map(read.map((member) => [member.header.path, member]));
      assert.deepEqual([...found.keys()].sort(), ["d", `d/${long}`, "d/s", "d/z"].sort());
      const [file1, file2] = [found.get(`d/${long}`)!, found.get("d/z")!];
      const [body, twin] = file1.header.type === "file" ? [file1, file2] : [file2, file1];
      assert.deepEqual(
        [body.body, twin.header.type, twin.header.linkTarget],
        ["body", "hardlink", body.header.path],
      );
      assert.equal(found.get("d/s")!.header.linkTarget, `./${long}`);
    });
  }
}

test("B24 a file of 8 GiB + 1 and the one behind it are found by every reader", async (t) => {
  const size = 8 * 1024 ** 3 + 1;
  const first = header({ ...entryOf({ path: "big" }), size });
  const file = join(folder(t), "a.tar");
  const handle = openSync(file, "w");
  writeSync(handle, first, 0, first.length, 0);
  const behind = archiveOf({ path: "behind", body: "here" });
  writeSync(handle, behind, 0, behind.length, first.length + paddedSize(size));
  ftruncateSync(handle, first.length + paddedSize(size) + behind.length);
  closeSync(handle);
  for (const program of ["tar", "bsdtar", "python3"]) {
    await t.test(program, { skip: lacking(program) }, async () => {
      const args = program === "python3" ? ["-m", "tarfile", "-l", file] : ["-tf", file];
      const listed = (await tool(program, ...args)).trimEnd().split("\n");
      assert.deepEqual(
        listed.map((line) => line.trim()),
        ["big", "behind"],
      );
    });
  }
});

import { gzipSync } from "node:zlib";
import { archiveOf, end, pax, raw } from "../../../tar/archive.js";
import type { Member } from "../../../tar/archive.js";
import { archiveFixtures } from "./archive-fixtures.js";
import type { DockerfileCase } from "./case.js";

const folder = (path: string, mode = 0o755): Member => ({ path, type: "directory", mode, uid: 5, gid: 6 });
const file = (path: string, body = path, mode = 0o644): Member => ({ path, body, mode, uid: 5, gid: 6 });
const symlink = (path: string, linkTarget: string): Member => ({ path, type: "symlink", linkTarget, uid: 5 });
const hardlink = (path: string, linkTarget: string): Member => ({
  path,
  type: "hardlink",
  linkTarget,
  mode: 0o600,
  uid: 9,
});

const simple = archiveOf(
  folder("d", 0o750),
  file("d/f", "hello\n", 0o4755),
  symlink("l", "d/f"),
  hardlink("h", "d/f"),
);
const other = archiveOf(file("d/f", "other"), file("o"));

/** Members that our own writer refuses to write. */
const unusual = Buffer.concat([
  raw({ name: "../up" }, "u"),
  raw({ name: "/abs/file" }, "a"),
  raw({ name: "x/../../y" }, "y"),
  raw({ name: "./", flag: "5", mode: "0000700", uid: "0000007" }),
  raw({ name: "slash/", flag: "0" }, "s"),
  raw({ name: "old/", flag: "\0" }),
  raw({ name: "sized", flag: "2", link: "to", size: "00000000144" }),
  raw({ name: "long", flag: "L", size: "00000000011" }, "from-gnu\0"),
  raw({ name: "pax", flag: "x" }, pax({ path: "from-pax", "VENDOR.key": "v" })),
  raw({ name: "short" }, "both"),
  raw({ name: "pax", flag: "x" }, pax({ path: "" })),
  raw({ name: "kept" }, "k"),
  raw({ name: "pax", flag: "g" }, pax({ path: "everywhere" })),
  raw({ name: "after-global" }, "g"),
  end,
]);

const devices = Buffer.concat([
  raw({ name: "dev/null", flag: "3", mode: "0000666", device: "0000001\x000000003" }),
  raw({ name: "dev/sda", flag: "4", device: "0000010\x000000000" }),
  raw({ name: "pipe", flag: "6" }),
  end,
]);

const capability = "\x01\0\0\x02\0 \0\0\0\0\0\0\0\0\0\0\0\0\0\0";
const attributes = Buffer.concat([
  raw(
    { name: "pax", flag: "x" },
    pax({ "SCHILY.xattr.security.capability": capability, "SCHILY.xattr.user.note": "n" }),
  ),
  raw({ name: "ping" }, "p"),
  end,
]);

/** What a stage has before an archive comes. */
const before = {
  "base/dir/one": "1",
  "base/dir/two": { text: "2", mode: 0o600 },
  "base/dir/sub/deep": "3",
  "base/file": "f",
  "base/link": { link: "dir" },
  "base/absolute": { link: "/dir" },
  "base/up": { link: "../../dir" },
};

function adding(
  name: string,
  archive: Uint8Array,
  { stage = "", flags = "", to = "/x/" } = {},
): DockerfileCase {
  return {
    name: `add: ${name}`,
    dockerfile: `FROM scratch\n${stage}ADD ${flags}a.bin ${to}\n`,
    files: { ...before, "a.bin": archive },
  };
}

const onBase = { stage: "COPY base /x\n" };

/** ADD of archives (§1.7). */
export const archiveCases: readonly DockerfileCase[] = [
  adding("an archive", simple),
  adding("an archive packed with gzip", gzipSync(simple)),
  adding("an archive packed twice is a file", gzipSync(gzipSync(simple))),
  adding("an archive at a name without a slash", simple, { to: "/x/y" }),
  adding("an archive in the working directory", simple, { stage: "WORKDIR /w\n", to: "." }),
  adding("an archive with --chown", simple, { flags: "--chown=7:8 ", to: "/new/x" }),
  adding("an archive with --chmod", simple, { flags: "--chmod=700 ", to: "/new/x" }),
  adding("an archive with --chmod as changes", simple, { flags: "--chmod=a-rwx ", to: "/new/x" }),
  adding("an archive with --exclude", simple, { flags: "--exclude=d --exclude=*.bin ", to: "/x" }),
  adding("an archive with --link", simple, { flags: "--link ", ...onBase }),
  adding("an archive with --link and --chmod", simple, {
    flags: "--link --chmod=1 ",
    ...onBase,
    to: "/x/link",
  }),
  adding("an archive with --unpack=false", simple, { flags: "--unpack=false " }),
  adding("an archive with --unpack", simple, { flags: "--unpack " }),
  adding(
    "an archive over what is there",
    archiveOf(folder("dir", 0o700), file("dir/one", "new"), file("file", "new")),
    onBase,
  ),
  adding("a file over a folder", archiveOf(file("dir", "now a file")), onBase),
  adding("a folder over a file", archiveOf(folder("file"), file("file/in")), onBase),
  adding("a folder over a symlink", archiveOf(folder("link"), file("link/in")), onBase),
  adding(
    "a folder that was a file for a moment",
    archiveOf(file("dir"), folder("dir"), file("dir/one", "only")),
    onBase,
  ),
  adding(
    "files below a symlink of the stage",
    archiveOf(file("link/in", "i"), file("link/one", "new")),
    onBase,
  ),
  adding("files below an absolute symlink begin in the destination", archiveOf(file("absolute/in")), onBase),
  adding("files below a symlink that leaves the destination", archiveOf(file("up/in")), onBase),
  adding("files below a symlink of the archive", archiveOf(symlink("s", "t"), folder("t"), file("s/in"))),
  adding(
    "symlinks out of the destination are symlinks",
    archiveOf(symlink("s", "../../../etc"), symlink("t", "/etc")),
  ),
  adding("a destination that is a symlink", simple, { ...onBase, to: "/x/link" }),
  adding("a destination below a symlink", simple, { ...onBase, to: "/x/link/new" }),
  adding("a hardlink to a file of the stage", archiveOf(hardlink("h", "dir/two")), onBase),
  adding("a hardlink through a symlink", archiveOf(hardlink("h", "link/one")), onBase),
  adding("a hardlink to a symlink", archiveOf(symlink("s", "gone"), hardlink("h", "s"))),
  adding(
    "a hardlink whose file is replaced",
    archiveOf(file("a", "old"), hardlink("h", "a"), file("a", "new")),
  ),
  adding("a member twice", archiveOf(file("a", "old"), symlink("a", "b"), file("a", "new", 0o600))),
  adding("folders that the archive does not list", archiveOf(file("p/q/r")), { flags: "--chown=7:8 " }),
  adding("unusual members", unusual),
  adding(
    "the root of an archive",
    Buffer.concat([raw({ name: "/", flag: "5", mode: "0000711", uid: "0000007" }), end]),
  ),
  adding("devices and a pipe", devices),
  adding("capabilities of a file", attributes),
  adding("a name that is a whiteout", archiveOf(file("dir/.wh.one", "")), onBase),
  adding("an archive without an end", archiveOf(file("a", "b".repeat(512))).subarray(0, 1024)),
  adding("an archive that goes on behind its end", Buffer.concat([simple, archiveOf(file("behind"))])),
  adding("an archive that is empty is a file", Buffer.alloc(10_240)),
  adding("an empty file", Buffer.alloc(0)),
  adding("a packed text is a file", gzipSync("text\n")),
  adding("a file that begins as bzip2 does", Buffer.from("BZh91AY&SY and no more")),
  adding("a packed archive that is cut short at once is a file", gzipSync(simple).subarray(0, 20)),
  ...Object.entries(archiveFixtures)
    .filter(([name]) => name !== "sparseGnu")
    .map(([name, bytes]) => adding(`an archive of another program (${name})`, bytes)),
  {
    name: "add: several archives by a pattern",
    dockerfile: "FROM scratch\nADD *.tar /x\n",
    files: { "1.tar": simple, "2.tar": other, "3.tar": archiveOf(file("d")) },
  },
  {
    name: "add: archives and files",
    dockerfile: "FROM scratch\nADD 1.tar plain.txt sub 2.tar /x/\n",
    files: {
      "1.tar": simple,
      "2.tar": gzipSync(other),
      "plain.txt": "p",
      "sub/3.tar": simple,
      "sub/d/f": "from sub",
    },
  },
  {
    name: "add: an archive through a symlink, named otherwise",
    dockerfile: "FROM scratch\nADD link.txt /x/\n",
    files: { "a.tar": simple, "link.txt": { link: "a.tar" } },
  },
  {
    name: "add: what an archive brought is there",
    dockerfile:
      "FROM scratch\nADD a.tgz /\nCOPY --chown=app d /home/\nUSER app\nWORKDIR /own\nCOPY d /bin/\n",
    files: {
      "a.tgz": gzipSync(
        archiveOf(file("etc/passwd", "app:x:100:101::/:/\n"), symlink("bin", "usr/bin"), folder("usr/bin")),
      ),
      "d/f": "f",
    },
  },
  {
    name: "add: an archive is taken from a stage",
    dockerfile:
      "FROM scratch AS one\nADD a.tgz /\nFROM scratch\nCOPY --from=one /d /y\nCOPY --from=one /h /\n",
    files: { "a.tgz": gzipSync(simple) },
  },
  {
    name: "copy: an archive stays one",
    dockerfile: "FROM scratch\nCOPY a.tgz /x/\n",
    files: { "a.tgz": gzipSync(simple) },
  },
  {
    name: "add: an archive on a base",
    dockerfile: "ARG BASE\nFROM $BASE\nADD --chown=app:staff a.tar /\n",
    files: {
      "a.tar": archiveOf(folder("tmp", 0o777), file("bin/more"), file("srv/data/link", "a file now")),
    },
    onBase: true,
  },
];

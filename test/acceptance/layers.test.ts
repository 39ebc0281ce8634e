import assert from "node:assert/strict";
import { chmodSync, linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createSandbox } from "../support/cli.js";
import { writeHandLayout } from "../support/hand-layout.js";
import { createInProcess } from "../support/in-process.js";
import { brief, createLab } from "../support/lab.js";
import { lacking, tool } from "../support/tools.js";

test("a folder's symlinks and hard links stay what they are, and entries are ordered by whole path as bytes", async (t) => {
  const { build, write, folder } = await createLab(t);
  write({
    "src/b/x": "x",
    "src/b.txt": "y",
    "src/b-1": "z",
    "src/Z": "1",
    "src/é": "2",
    "src/\u{1f600}": "3",
    "src/～": "4",
  });
  linkSync(join(folder, "src/b/x"), join(folder, "src/a-link"));
  symlinkSync("../outside/nothing", join(folder, "src/dangling"));
  symlinkSync(".", join(folder, "src/loop"));
  const { images } = await build({ files: { "/": "src" } });
  const members = images[0]!.layers[0]!;
  assert.deepEqual(
    members.map(({ path }) => path),
    ["Z", "a-link", "b", "b-1", "b.txt", "b/x", "dangling", "loop", "é", "～", "\u{1f600}"],
  );
  const links = members.filter(({ linkTarget }) => linkTarget !== undefined);
  assert.deepEqual(
    links.map(({ path, type, linkTarget }) => [path, type, linkTarget]),
    [
      ["b/x", "hardlink", "a-link"],
      ["dangling", "symlink", "../outside/nothing"],
      ["loop", "symlink", "."],
    ],
  );
  assert.equal(members.find(({ path }) => path === "a-link")?.text, "x");
});

test("owner and mode are root's and by the executable bit, unless asked otherwise", async (t) => {
  const { folder, gantry } = createInProcess(t);
  mkdirSync(join(folder, "d", "sub"), { recursive: true });
  writeFileSync(join(folder, "d", "run"), "run");
  chmodSync(join(folder, "d", "run"), 0o4711);
  writeFileSync(join(folder, "d", "sub", "data"), "data");
  chmodSync(join(folder, "d", "sub", "data"), 0o620);
  chmodSync(join(folder, "d", "sub"), 0o2770);
  const listing = async (...flags: readonly string[]) => {
    const printed = await gantry(
      "build",
      "--base",
      "scratch",
      "--print",
      "--platform",
      "linux/amd64",
      ...flags,
    );
    type Plan = Record<
      string,
      { images: { layers: { entries: { path: string; mode: string; owner: string }[] }[] }[] }
    >;
    const [plan] = Object.values(JSON.parse(printed) as Plan);
    return plan!.images[0]!.layers.map(({ entries }) =>
      entries.map(({ path, mode, owner }) => `${path} ${mode} ${owner}`),
    );
  };
  const [plain, owned] = await listing("--add", "d:/", "--add", "d:/,owner=1000:100,mode=0640,exclude=run");
  assert.deepEqual(plain, ["/run 0755 0:0", "/sub 0755 0:0", "/sub/data 0644 0:0"]);
  assert.deepEqual(owned, ["/sub 0750 1000:100", "/sub/data 0640 1000:100"]);
  const [kept] = await listing("--add", "d:/", "--preserve-mode");
  assert.deepEqual(kept, ["/run 4711 0:0", "/sub 2770 0:0", "/sub/data 0620 0:0"]);
});

test("on scratch parents are 0755 root's, on a base those that nobody added get no entry", async (t) => {
  const { build, write, folder } = await createLab(t);
  write({ tool: "t" });
  writeHandLayout(join(folder, "base"), [{ platform: { architecture: "amd64" } }]);
  const files = { "/opt/deep/tool": { source: "tool", owner: "5:6" } };
  const lists = [];
  for (const base of ["scratch", "oci-layout:base"]) {
    const { images } = await build({ base, platforms: ["linux/amd64"], files });
    lists.push(brief(images[0]!.layers.at(-1)));
  }
  assert.deepEqual(lists, [
    ["opt directory 755 0:0", "opt/deep directory 755 0:0", "opt/deep/tool file 644 5:6"],
    ["opt/deep/tool file 644 5:6"],
  ]);
});

test("where the base is not asked, a destination through a path that bases keep as a symlink is refused, unless it is new", async (t) => {
  const { folder, run, gantry } = createSandbox(t);
  writeFileSync(join(folder, "tool"), "t");
  writeHandLayout(join(folder, "base"), [{ platform: { architecture: "amd64" } }]);
  const flags = [
    "build",
    "--base",
    "oci-layout:base",
    "--platform",
    "linux/amd64",
    "-t",
    "app:1",
    "--base-tree",
    "never",
  ];
  const { status, stderr } = await run([...flags, "--add", "tool:/lib64/tool"]);
  assert.match(stderr, /^gantry: .*\/lib64.*\/usr\/lib64\/tool.*--assume-new/m);
  assert.equal(status, 1);
  assert.equal(await gantry("images", "ls"), "");
  await gantry(...flags, "--add", "tool:/lib64/tool", "--assume-new", "/lib64");
  await gantry("build", "--base", "scratch", "--add", "tool:/lib64/tool", "-t", "app:2");
});

test(
  "B19 B20 B22 B24 names of any length and script and ids of any size are what GNU tar lists",
  { skip: lacking("tar") },
  async (t) => {
    const { folder, gantry } = createInProcess(t);
    const names = [
      "n".repeat(100),
      "n".repeat(101),
      "ü".repeat(120),
      "é",
      "e\u0301",
      "a=b",
      "-dash",
      "sp ace",
      "😀",
    ];
    mkdirSync(join(folder, "d"));
    for (const name of names) writeFileSync(join(folder, "d", name), name);
    const deep = Array.from({ length: 8 }, (_, at) => `${at}`.repeat(40)).join("/");
    mkdirSync(join(folder, "d", deep), { recursive: true });
    symlinkSync("t".repeat(300), join(folder, "d", "far"));
    await gantry(
      ...["build", "--base", "scratch", "--compression", "none", "--add", "d:/,owner=3000000:2147483647"],
      ...["--platform", "linux/amd64", "-o", "type=oci,dest=out"],
    );
    type Inspected = { layers: { digest: string }[] };
    const { layers } = JSON.parse(await gantry("inspect", "--json", "oci:out")) as Inspected;
    const blob = join(folder, "out", "blobs", layers[0]!.digest.replace(":", "/"));
    const listed = await tool("tar", "--numeric-owner", "--quoting-style=literal", "-tvf", blob);
    const lines = listed.trimEnd().split("\n");
    for (const name of [...names, `${deep}/`, `far -> ${"t".repeat(300)}`]) {
      assert.ok(
        lines.some((line) => line.endsWith(` ${name}`) && line.includes("3000000/2147483647")),
        name,
      );
    }
  },
);

test("B25 a sparse file is stored whole, its holes as zeros", async (t) => {
  const { build, folder } = await createLab(t);
  writeFileSync(join(folder, "sparse"), "begin");
  truncateSync(join(folder, "sparse"), 60_000);
  writeFileSync(join(folder, "sparse"), "end", { flag: "a" });
  const { images } = await build({ files: { "/sparse": "sparse" } });
  const [member] = images[0]!.layers[0]!;
  assert.deepEqual([member?.type, member?.size], ["file", 60_003]);
  assert.equal(member?.text, `begin${"\0".repeat(59_995)}end`);
});

test("B35 names that differ in case alone are both kept", async (t) => {
  const { build } = await createLab(t);
  const files = {
    "/A": { content: "upper" },
    "/a": { content: "lower" },
    "/Dir/x": { content: "1" },
    "/dir/x": { content: "2" },
  };
  const { images } = await build({ files });
  assert.deepEqual(
    images[0]!.layers[0]!.map(({ path, text }) => [path, text]),
    [
      ["A", "upper"],
      ["Dir", undefined],
      ["Dir/x", "1"],
      ["a", "lower"],
      ["dir", undefined],
      ["dir/x", "2"],
    ],
  );
});

test(
  "B21 a name that is not UTF-8 ends with 1, the name in the message and nothing stored",
  { skip: notLinux() },
  async (t) => {
    const { folder, run, gantry } = createInProcess(t);
    mkdirSync(join(folder, "d"));
    writeFileSync(Buffer.concat([Buffer.from(join(folder, "d", "bad-")), Buffer.from([0xff])]), "x");
    const { status, stderr, stdout } = await run([
      "build",
      "--base",
      "scratch",
      "--add",
      "d:/d",
      "-t",
      "app:1",
    ]);
    assert.match(stderr, /^gantry: .*bad-\\xFF.*UTF-8/m);
    assert.deepEqual([status, stdout, await gantry("images", "ls")], [1, "", ""]);
  },
);

function notLinux(): string | false {
  return process.platform === "linux" ? false : "this system's file names are Unicode";
}

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { build } from "../../../src/index.js";
import { parsePlatform } from "../../../src/model/platform.js";
import { scratchFolder } from "../../support/scratch-folder.js";
import { archiveOf, end, raw } from "../../tar/archive.js";
import type { Member } from "../../tar/archive.js";
import { archiveFixtures } from "./cases/archive-fixtures.js";
import { writeContext } from "./cases/context.js";
import { outcomeOf } from "./outcome.js";
import type { DockerfileCase } from "./cases/case.js";

/** Builds in a folder of its own, as often as asked. */
async function building(t: TestContext) {
  const folder = await scratchFolder(t);
  let count = 0;
  return async (
    dockerfile: string,
    files: NonNullable<DockerfileCase["files"]>,
    platforms = ["linux/amd64"],
  ) => {
    const [context, layout] = [join(folder, `context${++count}`), join(folder, `layout${count}`)];
    mkdirSync(context);
    writeContext(context, { name: "", dockerfile, files });
    const outputs = [{ type: "oci", dest: layout }] as const;
    const request = { name: "case", dockerfile: "Dockerfile", platforms };
    await build(request, { context, cacheDir: join(folder, "cache"), outputs });
    return { layout, folder };
  };
}

const amd64 = parsePlatform("linux/amd64");

test("any tree that is packed by our own writer is the same tree in the image", async (t) => {
  const run = await building(t);
  const name = fc.stringMatching(/^[a-z\u00e9]{1,12}$/);
  const mode = fc.integer({ min: 0, max: 0o7777 });
  const id = fc.nat({ max: 70_000 });
  const member = fc.record({
    name,
    body: fc.string({ maxLength: 900 }),
    mode,
    uid: id,
    gid: id,
    folder: name,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(member, { selector: (each) => each.name, minLength: 1, maxLength: 12 }),
      async (list) => {
        const folders = [...new Set(list.map(({ folder }) => `d${folder}`))];
        const members: readonly Member[] = [
          ...folders.map((path) => ({ path, type: "directory", mode: 0o750, uid: 3 }) as const),
          ...list.map(({ folder, name: file, ...rest }) => ({ path: `d${folder}/${file}`, ...rest })),
        ];
        const tar = archiveOf(...members);
        const whole = await run("FROM scratch\nADD a /\n", { a: gzipSync(tar) });
        const { files } = await outcomeOf(whole.layout, amd64);
        const expected = members.map(({ path, type = "file", mode: bits = 0, uid = 0, gid = 0, body = "" }) =>
          [
            `/${path}`,
            type,
            bits.toString(8).padStart(4, "0"),
            `${uid}:${gid}`,
            ...(type === "file" ? [Buffer.byteLength(body)] : []),
          ].join(" "),
        );
        const shown = files.map((line) =>
          line.includes(" file ") ? line.replace(/ [0-9a-f]{12}$/, "") : line,
        );
        assert.deepEqual(shown, expected.toSorted());
      },
    ),
    { numRuns: 15 },
  );
});

test("an archive is unpacked once for several platforms and builds, and the image is the same", async (t) => {
  const run = await building(t);
  const files = { "a.tgz": gzipSync(archiveOf({ path: "f", body: "x".repeat(9999) })) };
  const first = await run("FROM scratch\nADD a.tgz /\n", files, ["linux/amd64", "linux/arm64"]);
  const second = await run("FROM scratch\nADD a.tgz /\n", files, ["linux/amd64", "linux/arm64"]);
  const root = (layout: string) => readFileSync(join(layout, "index.json"), "utf8");
  assert.equal(root(second.layout), root(first.layout));
});

test("sparse files in GNU tar's own format are unpacked too, which BuildKit refuses", async (t) => {
  const run = await building(t);
  const { layout } = await run("FROM scratch\nADD a.tgz /\nADD b.tgz /b/\n", {
    "a.tgz": archiveFixtures.sparseGnu,
    "b.tgz": archiveFixtures.sparse,
  });
  const { files } = await outcomeOf(layout, amd64);
  const sparse = files
    .filter((line) => line.includes("holes "))
    .map((line) => line.split(" ").slice(1).join(" "));
  assert.equal(sparse.length, 2);
  assert.equal(sparse[0], sparse[1]);
});

const flawed: readonly (readonly [what: string, archive: Uint8Array, message: RegExp])[] = [
  [
    "cut short",
    archiveOf({ path: "a", body: "x".repeat(2000) }).subarray(0, 1500),
    /archive a\.bin is cut short: it ends within a member/,
  ],
  [
    "damaged",
    damaged(gzipSync(archiveOf({ path: "a", body: "text" }))),
    /archive a\.bin: its gzip stream is damaged/,
  ],
  ["xz and cut short", archiveFixtures.xz.subarray(0, -20), /archive a\.bin: its xz stream is cut short/],
  [
    "of a hardlink to nothing",
    archiveOf({ path: "h", type: "hardlink", linkTarget: "gone" }),
    /archive a\.bin, member "h": it is a hardlink to "gone", which is nowhere before it/,
  ],
  ["of something unknown", Buffer.concat([raw({ flag: "M" }), end]), /members of type "M" are not supported/],
];

for (const [what, archive, message] of flawed) {
  test(`an archive ${what} fails the build with the line and the archive's name, and nothing is written`, async (t) => {
    const run = await building(t);
    const folder = run("FROM scratch\nADD a.bin /x/\n", { "a.bin": archive });
    await assert.rejects(folder, (error: Error) => {
      assert.match(error.message, message);
      assert.match(error.message, /^Dockerfile, line 2: /);
      return true;
    });
  });
}

test("a failed unpacking leaves no half of a tar in the store", async (t) => {
  const run = await building(t);
  const ok = await run("FROM scratch\n", {});
  const archive = gzipSync(archiveOf({ path: "a", body: "x".repeat(300_000) })).subarray(0, -5);
  await assert.rejects(run("FROM scratch\nADD a.bin /x/\n", { "a.bin": archive }));
  const blobs = join(ok.folder, "cache", "store", "tmp");
  assert.deepEqual(existsSync(blobs) ? readdirSync(blobs) : [], []);
});

function damaged(bytes: Buffer): Buffer {
  bytes[bytes.length - 6]! ^= 0xff;
  return bytes;
}

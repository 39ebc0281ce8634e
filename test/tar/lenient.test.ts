import assert from "node:assert/strict";
import { test } from "node:test";
import { archiveFixtures } from "../frontends/dockerfile/cases/archive-fixtures.js";
import { gunzipSync } from "node:zlib";
import { end, membersOf, pax, raw } from "./archive.js";

const x = (records: Readonly<Record<string, string>>) => raw({ name: "pax", flag: "x" }, pax(records));
const gnuName = raw({ name: "long", flag: "L" }, "of-gnu\0");

/** What images must not have and archives may: what it is, the blocks, and what is read. */
const rows: readonly (readonly [what: string, blocks: readonly Buffer[], path: string, more?: object])[] = [
  ["an absolute name", [raw({ name: "/a/b" })], "a/b"],
  ["a name that goes up", [raw({ name: "../a/../../b" })], "b"],
  ["an empty name", [raw({ name: "" })], ""],
  ["a file's name with a slash behind it", [raw({ name: "a/" })], "a", { type: "file" }],
  [
    "a symlink with a size",
    [raw({ name: "a", flag: "2", link: "b", size: "00000000777" })],
    "a",
    { size: 0 },
  ],
  [
    "a hardlink out of the archive",
    [raw({ name: "a", flag: "1", link: "../../b" })],
    "a",
    { linkTarget: "b" },
  ],
  ["two PAX headers", [x({ path: "one" }), x({ path: "two" }), raw({})], "two"],
  ["a PAX and a GNU name", [x({ path: "of-pax" }), gnuName, raw({})], "of-gnu"],
  ["an empty PAX path", [x({ path: "" }), raw({ name: "own" })], "own"],
  [
    "a path for everything",
    [raw({ flag: "g" }, pax({ path: "all", uid: "7" })), raw({ name: "own" })],
    "own",
    { uid: 0 },
  ],
];

for (const [what, blocks, path, more = {}] of rows) {
  test(`${what} is read leniently, and not otherwise`, async () => {
    const archive = Buffer.concat([...blocks, end]);
    const [member] = await membersOf(archive, { lenient: true });
    assert.deepEqual({ ...member!.header, ...more, path }, member!.header);
    await assert.rejects(membersOf(archive), { code: "ERR_GANTRY_TAR_INVALID" });
  });
}

test("members behind one that states a size it has not are found", async () => {
  const blocks = [
    raw({ name: "a", flag: "2", link: "b", size: "00000001000" }),
    raw({ name: "c" }, "body"),
    end,
  ];
  const members = await membersOf(Buffer.concat(blocks), { lenient: true });
  assert.deepEqual(
    members.map(({ header, body }) => [header.path, body]),
    [
      ["a", ""],
      ["c", "body"],
    ],
  );
});

const holes = Buffer.alloc(200_000);
holes.write("start");
holes.write("mid", 90_000);

for (const name of ["sparse", "sparse01", "sparseBsd", "sparseGnu"] as const) {
  test(`a sparse file has its holes (${name}), in any chunks`, async () => {
    const archive = gunzipSync(archiveFixtures[name]);
    for (const chunk of [archive.length, 700, 13]) {
      const [member, ...more] = await membersOf(archive, { lenient: true, chunk });
      const { path, size, isSparse } = member!.header;
      assert.deepEqual([path, size, isSparse, more.length], ["holes", 200_000, true, 0]);
      assert.ok(Buffer.from(member!.body).equals(holes));
    }
    await assert.rejects(membersOf(archive), /sparse files are not supported in images/);
  });
}

const sparse = { "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1000" };
const map = (text: string) => Buffer.concat([Buffer.from(text), Buffer.alloc(512 - text.length)]);
const wrong: readonly (readonly [said: RegExp, records: Readonly<Record<string, string>>, body: Buffer])[] = [
  [/does not end/, sparse, Buffer.from("9\n1\n")],
  [/malformed/, sparse, map("1\nx\n1\n")],
  [/overlap/, sparse, Buffer.concat([map("2\n10\n5\n12\n1\n"), Buffer.from("123456")])],
  [/not as long as it says/, sparse, Buffer.concat([map("1\n990\n20\n"), Buffer.alloc(20)])],
  [/not as long as it says/, sparse, Buffer.concat([map("1\n0\n5\n"), Buffer.alloc(4)])],
  [/must state its size/, { "GNU.sparse.major": "1" }, map("0\n")],
  [
    /of this kind are not supported/,
    { "GNU.sparse.size": "5", "GNU.sparse.numblocks": "1" },
    Buffer.alloc(0),
  ],
  [/malformed/, { "GNU.sparse.size": "5", "GNU.sparse.map": "1,2,3" }, Buffer.alloc(2)],
];

for (const [said, records, body] of wrong) {
  test(`a sparse file with ${JSON.stringify(records)} and ${body.length} bytes: ${said.source}`, async () => {
    const archive = Buffer.concat([x(records), raw({ name: "s" }, body), end]);
    await assert.rejects(membersOf(archive, { lenient: true }), {
      code: "ERR_GANTRY_TAR_INVALID",
      message: said,
    });
  });
}

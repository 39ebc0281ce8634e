import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { lacking } from "../support/tools.js";
import { end, membersOf, pax, raw } from "./archive.js";

/** What a reader that is fooled takes for a member: the archive hides it in a body. */
const smuggled = raw({ name: "smuggled" }, "evil");

const longPath = "p".repeat(150);

/** Archives on which readers are known to have disagreed (security S13). */
const fixtures: Readonly<Record<string, readonly Buffer[]>> = {
  "PAX size over a smaller size in the header": [
    raw({ flag: "x" }, pax({ size: "1024" })),
    raw({ name: "f", size: "00000000000" }),
    smuggled,
    raw({ name: "next" }),
  ],
  "PAX size before a GNU long name": [
    raw({ flag: "x" }, pax({ size: "1024" })),
    raw({ flag: "L" }, "long\0"),
    raw({ name: "f", size: "00000000000" }),
    smuggled,
    raw({ name: "next" }),
  ],
  "PAX size on a folder": [
    raw({ flag: "x" }, pax({ size: "1024" })),
    raw({ name: "d/", flag: "5" }),
    smuggled,
  ],
  "size in the header of a folder": [raw({ name: "d/", flag: "5", size: "00000002000" }), smuggled],
  "size in the header of a symlink": [
    raw({ name: "s", flag: "2", link: "t", size: "00000002000" }),
    smuggled,
  ],
  "size in the header of a hardlink": [
    raw({ name: "t" }),
    raw({ name: "h", flag: "1", link: "t", size: "00000002000" }),
    smuggled,
  ],
  "PAX size on a hardlink": [
    raw({ flag: "x" }, pax({ size: "1024" })),
    raw({ name: "h", flag: "1", link: "t" }),
    smuggled,
  ],
  "PAX path and GNU long name, this order": [
    raw({ flag: "x" }, pax({ path: longPath })),
    raw({ flag: "L" }, "gnu\0"),
    raw({}),
  ],
  "GNU long name and PAX path, this order": [
    raw({ flag: "L" }, "gnu\0"),
    raw({ flag: "x" }, pax({ path: longPath })),
    raw({}),
  ],
  "two PAX headers for one member": [
    raw({ flag: "x" }, pax({ path: "one" })),
    raw({ flag: "x" }, pax({ uid: "7" })),
    raw({}),
  ],
  "two long names for one member": [raw({ flag: "L" }, "one\0"), raw({ flag: "L" }, "two\0"), raw({})],
  "a key twice in one PAX header": [
    raw({ flag: "x" }, Buffer.concat([pax({ path: "one" }), pax({ path: "two" })])),
    raw({}),
  ],
  "an empty PAX time": [raw({ flag: "x" }, pax({ mtime: "" })), raw({ name: "own" })],
  "an empty PAX path": [raw({ flag: "x" }, pax({ path: "" })), raw({ name: "own" })],
  "a global PAX path": [raw({ flag: "g" }, pax({ path: "everywhere" })), raw({})],
  "a global PAX size": [raw({ flag: "g" }, pax({ size: "1024" })), raw({ size: "00000000000" }), smuggled],
  "a global comment, as git writes it": [raw({ flag: "g" }, pax({ comment: "abc" })), raw({})],
  "a PAX record that is longer than its header": [raw({ flag: "x" }, "99 path=x\n"), raw({})],
  "a PAX record that is shorter than it says": [raw({ flag: "x" }, "9 path=x\nyy"), raw({})],
  "a PAX record without newline": [raw({ flag: "x" }, "9 path=xx"), raw({})],
  "a PAX record without equals sign": [raw({ flag: "x" }, "7 path\n"), raw({})],
  "a PAX record of length 0": [raw({ flag: "x" }, "0 path=x\n"), raw({})],
  "a PAX record of negative length": [raw({ flag: "x" }, "-9 path=x\n"), raw({})],
  "a PAX record with a sign and spaces": [raw({ flag: "x" }, "  +11 path=x\n"), raw({})],
  "a PAX size that is no number": [raw({ flag: "x" }, pax({ size: "0x10" })), raw({})],
  "a negative PAX size": [raw({ flag: "x" }, pax({ size: "-1" })), raw({})],
  "a PAX header at the end": [raw({ name: "f" }), raw({ flag: "x" }, pax({ path: "nobody" }))],
  "a single zero block between members": [raw({ name: "f" }), Buffer.alloc(512), raw({ name: "behind" })],
  "a file whose name ends in a slash": [raw({ name: "f/" }, "body")],
  "a folder of old, by its slash": [raw({ name: "d/", flag: "\0" }), raw({ name: "d/f" })],
  "a folder of old with a body": [raw({ name: "d/", flag: "\0" }, smuggled)],
  "a sparse file of GNU's": [raw({ name: "f", flag: "S", magic: "ustar  \0" }, "body")],
  "a sparse file of PAX's": [
    raw({ flag: "x" }, pax({ "GNU.sparse.major": "1", "GNU.sparse.name": "g" })),
    raw({ name: "f" }),
  ],
  "a type that nobody knows": [raw({ name: "f", flag: "Z" }, "body")],
  "a contiguous file": [raw({ name: "f", flag: "7" }, "body"), raw({ name: "next" })],
  "a negative size in base-256": [raw({ name: "f", size: Buffer.alloc(12, 0xff) }), smuggled],
  "spaces before the size": [raw({ name: "f", size: "        2000" }, smuggled), raw({ name: "next" })],
  "a sign before the size": [raw({ name: "f", size: "-0000001000" }), smuggled],
};

for (const [what, parts] of Object.entries(fixtures)) {
  test(`B41 ${what}: the members are GNU tar's, or it is an error`, { skip: lacking("tar") }, async () => {
    const archive = Buffer.concat([...parts, end]);
    const ours = await membersOf(archive).then(
      (members) => members.map(({ header }) => header.path),
      (error: { code?: string }) => error.code,
    );
    if (ours === "ERR_GANTRY_TAR_INVALID") return;
    const { status, stdout } = spawnSync("tar", ["-tf", "-"], {
      input: archive,
      env: { ...process.env, LC_ALL: "C" },
    });
    assert.equal(status, 0, `GNU tar refuses what was read as ${JSON.stringify(ours)}`);
    const theirs = stdout
      .toString()
      .split("\n")
      .filter((line) => line !== "");
    assert.deepEqual(
      ours,
      theirs.map((line) => line.replace(/\/$/, "")),
    );
  });
}

const accepted = [
  "PAX size over a smaller size in the header",
  "PAX size before a GNU long name",
  "size in the header of a hardlink",
  "a key twice in one PAX header",
  "a global comment, as git writes it",
  "a folder of old, by its slash",
  "a contiguous file",
  "spaces before the size",
];

test("B41 exactly the fixtures that all readers take alike are accepted", async () => {
  const taken: string[] = [];
  for (const [what, parts] of Object.entries(fixtures)) {
    await membersOf(Buffer.concat([...parts, end])).then(
      () => taken.push(what),
      () => undefined,
    );
  }
  assert.deepEqual(taken.sort(), [...accepted].sort());
});

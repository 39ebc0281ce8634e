import assert from "node:assert/strict";
import { test } from "node:test";
import { inlineFile } from "../../src/context/inline.js";

const owner = { uid: 5, gid: 6 };

test("inline text is a file of its UTF-8 bytes, 0644 unless a mode is given", () => {
  const entry = inlineFile({ destination: "etc/motd", content: "é\n", owner, mtime: 9 });
  assert.deepEqual(
    { ...entry, bytes: undefined },
    {
      ...{ path: "etc/motd", type: "file", mode: 0o644, uid: 5, gid: 6, mtime: 9, size: 3, bytes: undefined },
    },
  );
  assert.deepEqual(entry.bytes, { type: "inline", bytes: Buffer.from("é\n") });
  assert.equal(inlineFile({ destination: "x", content: "", owner, mode: 0o4755, mtime: 0 }).mode, 0o4755);
});

test("inline bytes are taken as they are", () => {
  const content = Uint8Array.of(0xff, 0);
  assert.deepEqual(inlineFile({ destination: "x", content, owner, mtime: 0 }).bytes, {
    type: "inline",
    bytes: content,
  });
});

for (const destination of ["", "a//b", "/a", "a/", "a/../b", "./a", "a\0b", "a/.wh.b", "a\ud800"]) {
  test(`destination ${JSON.stringify(destination)} is refused`, () => {
    assert.throws(() => inlineFile({ destination, content: "", owner, mtime: 0 }), {
      code: "ERR_GANTRY_SPEC_INVALID",
    });
  });
}

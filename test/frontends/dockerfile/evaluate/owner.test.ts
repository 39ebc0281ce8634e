import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyTree } from "../../../../src/context/base-tree/tree.js";
import { findOwner, isByName } from "../../../../src/frontends/dockerfile/evaluate/owner.js";
import type { FileTree } from "../../../../src/plan/file-tree.js";

const passwd = "root:x:0:0:root:/root:/bin/sh\n\n# none\napp:x:100:101::/:\nodd:x:7\n";
const group = "root:x:0:\nstaff:x:50:app,web\n";

function treeOf(files: Readonly<Record<string, string>>): FileTree {
  const entries = Object.entries(files).map(([path, text]) => {
    const bytes = Buffer.from(text);
    const content = { size: bytes.length, bytes: { type: "inline", bytes } } as const;
    return { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, ...content } as const;
  });
  return emptyTree().with(entries);
}

const tree = async () => treeOf({ "etc/passwd": passwd, "etc/group": group });
const unread = () => Promise.reject(new Error("nobody is to be looked up"));

for (const [text, owner] of [
  ["5", "5:5"],
  ["5:6", "5:6"],
  ["+5:06", "5:6"],
  ["5:", "5:5"],
  ["0", "0:0"],
  ["root", "0:0"],
  ["root:root", "0:0"],
  ["2147483647", "2147483647:2147483647"],
] as const) {
  test(`${text} is ${owner}, and nobody is looked up`, async () => {
    const { uid, gid } = await findOwner(text, unread);
    assert.equal(`${uid}:${gid}`, owner);
    assert.equal(isByName(text), false);
  });
}

for (const [text, owner] of [
  ["app", "100:101"],
  ["app:", "100:101"],
  ["app:staff", "100:50"],
  ["app:9", "100:9"],
  ["root:staff", "0:50"],
  ["5:staff", "5:50"],
  ["app:root", "100:0"],
] as const) {
  test(`${text} is ${owner} by the stage's files`, async () => {
    const { uid, gid } = await findOwner(text, tree);
    assert.equal(`${uid}:${gid}`, owner);
    assert.equal(isByName(text), true);
  });
}

for (const [text, message] of [
  ["ap", /^no user "ap": \/etc\/passwd has root, app.*did you mean "?app/],
  ["app:stuff", /^no group "stuff": \/etc\/group has root, staff/],
  ["a:b:c", /^invalid owner "a:b:c": expected user or user:group/],
  ["4294967295", /^invalid owner "4294967295": the largest id is 2147483647/],
] as const) {
  test(`${text} is nobody, which is an error and not root`, async () => {
    await assert.rejects(findOwner(text, tree), { code: "ERR_GANTRY_DOCKERFILE_INVALID", message });
  });
}

test("an image without passwd says so", async () => {
  await assert.rejects(
    findOwner("app", async () => emptyTree()),
    { message: 'no user "app": the image has no /etc/passwd: use a number' },
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMatcher } from "../../src/context/ignore.js";
import { onlyMatching } from "../../src/context/only-matching.js";
import { listSource } from "../../src/context/walk.js";
import { request, treeOf } from "./fake-files.js";

const name = fc.constantFrom("a", "b", "ab", "a.b");
const filePath = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const part = fc.oneof(name, fc.constantFrom("*", "**", "a*", "?", "[a-b]", "[^b]", "**b", "\\a", "^a"));
const pattern = fc
  .tuple(fc.constantFrom("", "", "", "!"), fc.array(part, { minLength: 1, maxLength: 4 }))
  .map(([exception, parts]) => exception + parts.join("/"));

test("a walk with a pattern gives what it matches and what is in that, with the folders it is in", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(filePath, { maxLength: 12 }), pattern, async (files, text) => {
      const clean = files.filter((file) => !files.some((other) => other.startsWith(`${file}/`)));
      const options = { destination: "", files: treeOf(clean) };
      const list = async (only?: ReturnType<typeof onlyMatching>) =>
        (await listSource(request("/fake", { ...options, only }))).map(({ path }) => path);
      const all = await list();
      // The matcher of .dockerignore, asked about every path: what it ignores is what is wanted here.
      const kept = all.filter((path) => createMatcher([text]).ignores(path));
      const expected = all.filter((path) =>
        kept.some((other) => other === path || other.startsWith(`${path}/`)),
      );
      assert.deepEqual(await list(onlyMatching(text)), expected);
    }),
  );
});

for (const [text, entered] of [
  ["packages/*/package.json", ["", "packages", "packages/a", "packages/b"]],
  ["packages/a", ["", "packages", "packages/a", "packages/a/src"]],
  ["packages/*/s*/*.js", ["", "packages", "packages/a", "packages/a/src", "packages/b"]],
  ["packages/**/x", ["", "packages", "packages/a", "packages/a/src", "packages/b"]],
  [
    "p[a]ckages/a/x",
    ["", "node_modules", "node_modules/p", "packages", "packages/a", "packages/a/src", "packages/b"],
  ],
  [
    "^packages/*",
    ["", "node_modules", "node_modules/p", "packages", "packages/a", "packages/a/src", "packages/b"],
  ],
  ["nothing/**", [""]],
  ["!packages", [""]],
  ["", [""]],
] as const) {
  test(`${JSON.stringify(text)} enters no folder that can hold no match`, async () => {
    const files = treeOf(["node_modules/p/x", "packages/a/src/x.js", "packages/b/package.json"]);
    const folders: string[] = [];
    const onDirectory = (path: string) => folders.push(path.slice("/fake/".length));
    await listSource(request("/fake", { destination: "", files, only: onlyMatching(text), onDirectory }));
    assert.deepEqual(folders.toSorted(), entered);
  });
}

test("a pattern that is none is an error", () => {
  assert.throws(() => onlyMatching("["), { code: "ERR_GANTRY_SPEC_INVALID" });
  assert.throws(() => onlyMatching("!"), { code: "ERR_GANTRY_SPEC_INVALID" });
});

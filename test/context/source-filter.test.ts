import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMatcher } from "../../src/context/ignore.js";
import { listSource } from "../../src/context/walk.js";
import type { Entry } from "../../src/plan/plan.js";
import { patternOf, request, treeOf } from "./fake-files.js";

function paths(entries: readonly Entry[]): string[] {
  return entries.map(({ path }) => path);
}

const name = fc.constantFrom("a", "b", "a-b", "a.b", "é", "\u{1f600}");
const filePath = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const pattern = patternOf(name);

test("a walk with patterns gives what the patterns keep, with the folders it is in, in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(filePath, { maxLength: 12 }),
      fc.array(pattern, { maxLength: 4 }),
      async (files, patterns) => {
        const clean = files.filter((file) => !files.some((other) => other.startsWith(`${file}/`)));
        const matcher = createMatcher(patterns);
        const options = { destination: "", files: treeOf(clean) };
        const all = paths(await listSource(request("/fake", options)));
        const kept = all.filter((path) => !matcher.ignores(path));
        const expected = all.filter((path) =>
          kept.some((other) => other === path || other.startsWith(`${path}/`)),
        );
        assert.deepEqual(
          paths(await listSource(request("/fake", { ...options, exclude: matcher }))),
          expected,
        );
      },
    ),
  );
});

test("an ignored folder is never entered", async () => {
  const files = treeOf(["node_modules/a/b/c", "src/x", "out/keep/x", "out/drop/x"]);
  const entered: string[] = [];
  const ignore = { root: "/fake", matcher: createMatcher(["node_modules", "out", "!out/keep"]) };
  const onDirectory = (path: string) => entered.push(path);
  const entries = await listSource(request("/fake", { destination: "", files, ignore, onDirectory }));
  assert.deepEqual(paths(entries), ["out", "out/keep", "out/keep/x", "src", "src/x"]);
  assert.deepEqual(entered.sort(), ["/fake", "/fake/out", "/fake/out/keep", "/fake/src"]);
});

test("an ignored name is not even looked at, so it may be anything", async () => {
  const tree = treeOf(["a", ".wh.b", "c"]);
  const looked: string[] = [];
  const files = { ...tree, lstat: (path: string) => (looked.push(path), tree.lstat(path)) };
  await listSource(request("/fake", { files, exclude: createMatcher([".wh.*"]) }));
  assert.deepEqual(looked, ["/fake", "/fake/a", "/fake/c"]);
});

test(".dockerignore's patterns are relative to its folder and exclude's to the source", async () => {
  const files = treeOf(["sub/a", "sub/b", "sub/c/a"]);
  const ignore = { root: "/fake", matcher: createMatcher(["sub/a", "c"]) };
  const list = async (more: object) =>
    paths(await listSource(request("/fake/sub", { destination: "", files, ...more })));
  assert.deepEqual(await list({ ignore }), ["b", "c", "c/a"]);
  assert.deepEqual(await list({ exclude: createMatcher(["a"]) }), ["b", "c", "c/a"]);
  assert.deepEqual(await list({ ignore, exclude: createMatcher(["/c"]) }), ["b"]);
  assert.deepEqual(await list({ ignore: { ...ignore, root: "/other" } }), ["a", "b", "c", "c/a"]);
});

test("a source that .dockerignore leaves out is an error that says so", async () => {
  const files = treeOf(["dist/x/y", "dist/z"]);
  const list = (source: string, patterns: string[]) =>
    listSource(request(source, { files, ignore: { root: "/fake", matcher: createMatcher(patterns) } }));
  const expected = {
    code: "ERR_GANTRY_SOURCE_NOT_FOUND",
    message: /left out by the context's \.dockerignore/,
  };
  await assert.rejects(list("/fake/dist", ["dist"]), expected);
  await assert.rejects(list("/fake/dist/z", ["dist"]), expected);
  await assert.rejects(list("/fake/dist/z", ["*", "!dist/x/q"]), expected);
  await assert.rejects(list("/fake/dist", ["dist", "!dist/none"]), expected);
  assert.deepEqual(paths(await list("/fake/dist", ["dist", "!dist/x"])), ["app", "app/x", "app/x/y"]);
});

test("exclude leaves out a file source by its name", async () => {
  const files = treeOf(["a.txt"]);
  assert.deepEqual(
    await listSource(request("/fake/a.txt", { files, exclude: createMatcher(["*.txt"]) })),
    [],
  );
});

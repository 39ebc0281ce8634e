import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { emptyTree } from "../../../../src/context/base-tree/tree.js";
import { joinLayers, squashLayers } from "../../../../src/frontends/dockerfile/plan/squash-layers.js";
import { build } from "../../../../src/index.js";
import { parsePlatform } from "../../../../src/model/platform.js";
import type { FileTree } from "../../../../src/plan/file-tree.js";
import type { Entry } from "../../../../src/plan/plan.js";
import { comparePaths } from "../../../../src/context/path-order.js";
import { scratchFolder } from "../../../support/scratch-folder.js";
import { cases } from "../cases/cases.js";
import { startBase } from "../cases/base-image.js";
import { writeContext, writeNamedContexts } from "../cases/context.js";
import { readGoldenOutcomes } from "../golden-outcomes.js";
import { outcomeOf } from "../outcome.js";

const attributes = { uid: 0, gid: 0, mtime: 0, size: 0 };

function folder(path: string, mode = 0o755): Entry {
  return { path, type: "directory", mode, ...attributes };
}

function file(path: string, text: string): Entry {
  const bytes = Buffer.from(text);
  return {
    path,
    type: "file",
    mode: 0o644,
    ...attributes,
    size: bytes.length,
    bytes: { type: "inline", bytes },
  };
}

/** What is put at a path, or "like" the file of the same layer at the first path that has one. */
const put = fc.record({
  path: fc
    .array(fc.constantFrom("a", "b", "a-b", "c"), { minLength: 1, maxLength: 3 })
    .map((names) => names.join("/")),
  kind: fc.constantFrom("file", "file", "directory", "symlink", "hardlink", "deletion", "opaque"),
  number: fc.integer({ min: 0, max: 7 }),
});

/** A layer as a COPY --link, or an ADD of an archive, makes it: with all folders on the way, nothing below a file, links after their files. */
function layerOf(
  puts: readonly { readonly path: string; readonly kind: string; readonly number: number }[],
): Entry[] {
  const made = new Map<string, Entry>();
  const set = (path: string) => made.set(path, file(path, ""));
  for (const { path, kind, number } of puts) {
    const parts = path.split("/");
    const above = parts.slice(0, -1).map((_, at) => parts.slice(0, at + 1).join("/"));
    const isTaken = above.some((each) => made.has(each) && made.get(each)!.type !== "directory");
    if (isTaken || made.has(path)) continue;
    for (const each of above) if (!made.has(each)) made.set(each, folder(each));
    if (kind === "deletion") set(posix.join(posix.dirname(path), `.wh.${posix.basename(path)}`));
    else if (kind === "opaque") set(posix.join(posix.dirname(path), ".wh..wh..opq"));
    else if (kind === "directory") made.set(path, folder(path, 0o700 + number));
    else if (kind === "symlink")
      made.set(path, { path, type: "symlink", mode: 0o777, ...attributes, linkTarget: `to-${number}` });
    else
      made.set(path, kind === "file" ? file(path, `${number}`) : { ...file(path, "link"), type: "hardlink" });
  }
  const inOrder = [...made.values()].sort((one, other) => comparePaths(one.path, other.path));
  return inOrder.flatMap((entry, at) => {
    if (entry.type !== "hardlink") return [entry];
    const target = inOrder
      .slice(0, at)
      .findLast((each) => each.type === "file" && !each.path.includes(".wh."));
    const { path } = entry;
    if (target === undefined) return [file(path, "alone")];
    return [{ path, type: "hardlink", mode: 0o644, ...attributes, linkTarget: target.path } as const];
  });
}

/** Every path with what is there, and which names are of one file. */
async function described(tree: FileTree): Promise<unknown> {
  const paths: string[] = [];
  const visit = (path: string) => {
    for (const name of tree.children(path)) {
      const inner = path === "" ? name : `${path}/${name}`;
      paths.push(inner);
      visit(inner);
    }
  };
  visit("");
  const nodes = paths.map((path) => [path, tree.lookup(path)]);
  const bytes = [...(await tree.files(paths))].map(([path, source]) => [
    path,
    source.type === "inline" ? Buffer.from(source.bytes).toString() : source.path,
  ]);
  return { nodes, bytes, links: [...tree.linksAmong(paths)] };
}

test("layers joined into one unpack to the same files as one after the other, on a base and without", async () => {
  const layer = fc.array(put, { maxLength: 8 }).map(layerOf);
  const layers = fc.array(layer, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(layer, layers, async (below, lists) => {
      for (const base of [emptyTree(), emptyTree().with(below)]) {
        const hasBase = base.children("")[Symbol.iterator]().next().done !== true;
        const joined = joinLayers(lists, { hasBase });
        assert.deepEqual(
          joined.map(({ path }) => path),
          joined.map(({ path }) => path).toSorted(comparePaths),
        );
        const after = lists.reduce((tree, entries) => tree.with(entries), base);
        assert.deepEqual(await described(base.with(joined)), await described(after));
      }
    }),
    { numRuns: 300 },
  );
});

test("without a base nothing is hidden, and one layer is left as it is", () => {
  const lists = [[folder("a"), file("a/b", "1")], [file("a", "2")], [folder("a"), file("a/c", "3")]];
  const paths = (hasBase: boolean) => joinLayers(lists, { hasBase }).map(({ path }) => path);
  assert.deepEqual(paths(false), ["a", "a/c"]);
  assert.deepEqual(paths(true), ["a", "a/.wh..wh..opq", "a/c"]);
  const one = { layers: [{ createdBy: "x", entries: [] }], history: [{ createdBy: "x", layer: true }] };
  assert.equal(squashLayers(one), one);
});

test("the history tells every instruction, and the last that made a layer has the layer", () => {
  const layer = (createdBy: string) => ({ createdBy, entries: [] });
  const line = (createdBy: string, made: boolean) => ({ createdBy, layer: made });
  const { layers, history } = squashLayers({
    layers: [layer("COPY 1"), layer("COPY 2"), layer("WORKDIR 3")],
    history: [
      line("COPY 1", true),
      line("ENV", false),
      line("COPY 2", true),
      line("WORKDIR 3", true),
      line("USER", false),
    ],
  });
  assert.deepEqual(
    history.filter((each) => each.layer),
    [line("WORKDIR 3", true)],
  );
  assert.equal(history.length, 5);
  assert.deepEqual(
    layers.map(({ createdBy }) => createdBy),
    ["3 layers in one"],
  );
});

const golden = readGoldenOutcomes();
const several = cases.filter(
  ({ name, remote = false }) =>
    !remote && golden[name]!.history.filter((line) => !line.endsWith(" (empty)")).length > 2,
);

for (const each of several) {
  test(`squashed, the files are BuildKit's: ${each.name}`, async (t) => {
    const scratch = await scratchFolder(t);
    const [context, layout] = [join(scratch, "context"), join(scratch, "layout")];
    mkdirSync(context);
    writeContext(context, each);
    const contexts = writeNamedContexts(scratch, each);
    const { target, platform = "linux/amd64" } = each;
    const base = each.onBase === true ? await startBase(scratch, each) : undefined;
    if (base !== undefined) t.after(() => base.close());
    const buildArgs = { ...each.buildArgs, ...(base === undefined ? {} : { BASE: base.name }) };
    await build(
      {
        name: "case",
        dockerfile: "Dockerfile",
        squash: true,
        target,
        buildArgs,
        contexts,
        platforms: [platform],
      },
      { context, cacheDir: join(scratch, "cache"), outputs: [{ type: "oci", dest: layout }] },
    );
    const { files, config, history } = await outcomeOf(layout, parsePlatform(platform));
    const wanted = golden[each.name]!;
    assert.deepEqual([files, config], [wanted.files, wanted.config]);
    const words = (lines: readonly string[]) => lines.map((line) => line.replace(/ \(empty\)$/, ""));
    assert.deepEqual(words(history), words(wanted.history));
  });
}

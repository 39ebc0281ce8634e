import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeRoot, encodeRoot } from "../../../src/context/base-tree/record.js";
import { readRoot } from "../../../src/context/base-tree/read-tree.js";
import { treeOf as treeOfRoot } from "../../../src/context/base-tree/tree.js";
import type { Entry } from "../../../src/plan/plan.js";
import { entryOf } from "../../tar/archive.js";
import type { Member } from "../../tar/archive.js";
import { layer, treeOf } from "./layers.js";
import { applied, modelOf } from "./tree-model.js";
import type { Model } from "./tree-model.js";

const names = ["a", "b", "c", "\u{1f600}", "\uffee"] as const;
const path = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"));

type Draft = Member | { readonly path: string; readonly linkTo: number };

const draft: fc.Arbitrary<Draft> = fc.oneof(
  fc.record({ path, body: fc.constantFrom("", "x", "yz"), uid: fc.nat(9) }),
  fc.record({
    path,
    type: fc.constant("directory" as const),
    mode: fc.constantFrom(0o700, 0o1777),
    uid: fc.nat(9),
  }),
  fc.record({
    path,
    type: fc.constant("symlink" as const),
    linkTarget: fc.constantFrom("nowhere", "/nowhere"),
  }),
  fc.record({ path, linkTo: fc.nat(99) }),
  path.map((each) => ({ path: each.replace(/[^/]+$/, (name) => `.wh.${name}`) })),
  path.map((each) => ({ path: `${each}/.wh..wh..opq` })),
);

/** The drafts that make a layer engines agree about, on what is below it. */
function settled(drafts: readonly Draft[], below: Model): Member[] {
  const types = new Map<string, string>();
  const members: Member[] = [];
  for (const each of drafts) {
    const member = "linkTo" in each ? hardlink(each, below, types) : each;
    if (member === undefined || !fits(member, types)) continue;
    for (const parent of parentsOf(member.path)) types.set(parent, "directory");
    types.set(member.path, member.type ?? "file");
    members.push(member);
  }
  return members;
}

/** A hardlink to a file that the layer has so far, or that is below it and no folder of the layer. */
function hardlink(
  each: { readonly path: string; readonly linkTo: number },
  below: Model,
  types: ReadonlyMap<string, string>,
): Member | undefined {
  const own = [...types].filter(([at, type]) => type !== "directory" && !at.includes(".wh."));
  const lower = [...below].filter(([at, what]) => !what.startsWith("directory") && !types.has(at));
  const targets = [...own, ...lower].map(([at]) => at);
  const target = targets[each.linkTo % Math.max(targets.length, 1)];
  return target === undefined ? undefined : { path: each.path, type: "hardlink", linkTarget: target };
}

function fits({ path: at, type = "file" }: Member, types: ReadonlyMap<string, string>): boolean {
  const isBelowFolders = parentsOf(at).every((parent) => (types.get(parent) ?? "directory") === "directory");
  return isBelowFolders && (types.get(at) ?? type) === type;
}

function parentsOf(at: string): string[] {
  const parts = at.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

const drafts = fc.array(fc.array(draft, { maxLength: 12 }), { minLength: 1, maxLength: 4 });

function layersOf(lists: readonly (readonly Draft[])[]): { layers: Member[][]; models: Model[] } {
  const models: Model[] = [new Map()];
  const layers = lists.map((list) => {
    const members = settled(list, models.at(-1)!);
    models.push(applied(models.at(-1)!, members));
    return members;
  });
  return { layers, models };
}

test("layers make what a simple model makes of them", async () => {
  const property = fc.asyncProperty(drafts, async (lists) => {
    const { layers, models } = layersOf(lists);
    const tree = await treeOf(...layers.map((members) => layer(...members)));
    assert.deepEqual(sorted(modelOf(tree)), sorted(models.at(-1)!));
  });
  await fc.assert(property, { numRuns: 500 });
});

test("entries on top make what they would as a layer, and the tree below stays", async () => {
  const property = fc.asyncProperty(drafts, async (lists) => {
    const { layers, models } = layersOf(lists);
    const base = await treeOf(layer(...layers[0]!));
    let tree = base;
    for (const [at, members] of layers.slice(1).entries()) {
      const before = modelOf(tree);
      const next = tree.with(members.map((member) => entryOf(member) as Entry));
      assert.deepEqual(sorted(modelOf(tree)), sorted(before));
      tree = next;
      assert.deepEqual(sorted(modelOf(tree)), sorted(models[at + 2]!));
    }
    assert.deepEqual(sorted(modelOf(base)), sorted(models[1]!));
  });
  await fc.assert(property, { numRuns: 300 });
});

test("a tree that was written down reads back as it was", async () => {
  const property = fc.asyncProperty(drafts, async (lists) => {
    const layers = layersOf(lists).layers.map((members) => layer(...members));
    const root = await readRoot(layers);
    const again = decodeRoot(encodeRoot(root));
    assert.deepEqual(again, root);
    assert.deepEqual(
      [...modelOf(treeOfRoot(again!, { layers }))],
      [...modelOf(treeOfRoot(root, { layers }))],
    );
  });
  await fc.assert(property, { numRuns: 200 });
});

function sorted(model: Model): [string, string][] {
  return [...model].sort(([a], [b]) => (a < b ? -1 : 1));
}

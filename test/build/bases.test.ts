import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openWorkspace } from "../../src/build/workspace.js";
import type { GantryEvent } from "../../src/model/events.js";
import { openLayout } from "../../src/places/layout/layout.js";
import { brokenImage, randomImage } from "../support/random-image.js";
import { scratchFolder, token } from "../support/scratch-folder.js";

const platform = { os: "linux", architecture: "amd64" };

/** A layout with an image of two files, and workspaces that build on it, as different runs would. */
async function prepare(t: TestContext) {
  const folder = await scratchFolder(t);
  const layout = join(folder, "layout");
  await (await openLayout(layout, { token }).stage(randomImage({ seed: 3 }), ["base"])).publish();
  const events: GantryEvent[] = [];
  const onEvent = (event: GantryEvent) => void events.push(event);
  const run = async (options: { readonly noCache?: boolean } = {}) => {
    const workspace = await openWorkspace({ cacheDir: join(folder, "cache"), onEvent, ...options });
    t.after(() => workspace[Symbol.asyncDispose]());
    const base = await workspace.world.base(`oci-layout:${layout}:base`, platform, { onEvent });
    return { base, world: workspace.world };
  };
  /** How each listing ended. */
  const listings = () => {
    const started = events.flatMap((event) =>
      event.type === "step-start" && event.name.startsWith("list base") ? [event] : [],
    );
    return started.map(({ id, name }) => {
      const end = events.find((event) => event.type === "step-end" && event.id === id);
      return `${name.replace(layout, "LAYOUT")}: ${end?.type === "step-end" ? end.status : "running"}`;
    });
  };
  return { layout, run, onEvent, listings };
}

const step = "list base oci-layout:LAYOUT:base (linux/amd64)";

test("a base is listed when its tree is asked for, once a run, as a step; the next run knows it", async (t) => {
  const { layout, run, onEvent, listings } = await prepare(t);
  const { base, world } = await run();
  assert.deepEqual(listings(), []);
  const trees = await Promise.all([1, 2, 3].map(() => world.tree(base, { onEvent })));
  assert.deepEqual([...trees[0]!.children("")], ["file-0", "file-1"]);
  assert.equal(trees[1], trees[0]);
  assert.deepEqual(listings(), [`${step}: done`]);
  const next = await run();
  rmSync(join(layout, "blobs"), { recursive: true });
  assert.equal((await next.world.tree(next.base, { onEvent })).lookup("file-1")!.size, 1000);
  assert.deepEqual(listings(), [`${step}: done`, `${step}: cached`]);
});

test("without the cache a base is listed in every run", async (t) => {
  const { run, onEvent, listings } = await prepare(t);
  for (let time = 1; time <= 2; time++) {
    const { base, world } = await run({ noCache: true });
    await world.tree(base, { onEvent });
  }
  assert.deepEqual(listings(), [`${step}: done`, `${step}: done`]);
});

test("a base that cannot be listed says which, and is tried again for the next who asks", async (t) => {
  const { run, onEvent, listings } = await prepare(t);
  const { base, world } = await run();
  const broken = { ...base, image: brokenImage(base.image, 100) };
  await assert.rejects(
    world.tree(broken, { onEvent }),
    /listing the files of base oci-layout:.*the line broke/,
  );
  assert.deepEqual([...(await world.tree(base, { onEvent })).children("")], ["file-0", "file-1"]);
  assert.deepEqual(listings(), [`${step}: failed`, `${step}: done`]);
});

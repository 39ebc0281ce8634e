import assert from "node:assert/strict";
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { createInProcess } from "../support/in-process.js";
import { brief, createLab } from "../support/lab.js";
import { startLogged } from "../support/logged-registry.js";
import type { Member } from "../support/lab.js";
import type { ImageConfig } from "../../src/index.js";

const packages = Array.from({ length: 24 }, (_, index) =>
  index % 3 === 0 ? `@scope/p${index}` : `p${index}`,
);

interface Inspected {
  readonly config: ImageConfig;
  readonly layers: readonly { readonly digest: string }[];
}

test("of a split folder a package that changes is one layer to upload, one that comes or goes too", async (t) => {
  const { folder, gantry } = createInProcess(t);
  const registry = await startLogged(t);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, "node_modules", path)), { recursive: true });
    writeFileSync(join(folder, "node_modules", path), text);
  };
  for (const name of packages) write(`${name}/index.js`, name);
  write(".package-lock.json", "{}");
  const tag = `${registry.host}/app:1`;
  const push = async (...flags: readonly string[]) => {
    registry.forget();
    const add = "node_modules:/app/node_modules,split=8,exclude=.package-lock.json";
    await gantry("build", "--base", "scratch", "--add", add, "-t", tag, "--push", ...flags);
    const image = JSON.parse(await gantry("inspect", tag, "--json")) as Inspected;
    const digests = image.layers.map(({ digest }) => digest);
    const uploads = registry.acts("upload").filter(({ what }) => digests.includes(what));
    return { digests, uploads: uploads.length, image };
  };
  const first = await push();
  assert.equal(first.uploads, first.digests.length);
  assert.ok(first.digests.length > 3 && first.digests.length < 8, "what is of no package was left out");
  assert.match(first.image.config.history!.at(-1)!.created_by!, /files \/app\/node_modules, part \d of 8$/);

  for (const compression of ["none", "gzip"]) {
    const before = await push("--compression", compression);
    write("@scope/p3/index.js", `changed for ${compression}, and longer than it was`);
    const changed = await push("--compression", compression);
    const kept = changed.digests.filter((digest) => before.digests.includes(digest));
    assert.deepEqual([changed.uploads, kept.length], [1, before.digests.length - 1]);
  }
  await push();
  write("@scope/new/index.js", "new");
  assert.equal((await push()).uploads, 1);
  rmSync(join(folder, "node_modules/p4"), { recursive: true });
  assert.equal((await push()).uploads, 1);
});

test("the layers of a split folder, one over the other, are the layer it would have been", async (t) => {
  const { build, write, folder } = await createLab(t);
  for (const name of packages) write({ [`m/${name}/index.js`]: name, [`m/${name}/lib/x`]: `x of ${name}` });
  write({ "m/.package-lock.json": "{}", "m/.prisma/client.js": "client", conf: "c" });
  mkdirSync(join(folder, "m/.bin"));
  symlinkSync("../p1/index.js", join(folder, "m/.bin/p1"));
  for (const name of ["p1", "p2", "@scope/p3", "p4"])
    linkSync(join(folder, "m/p1/index.js"), join(folder, `m/${name}/same`));
  const layerOf = async (split: number) => {
    const files = { "/srv/m": { source: "m", split, owner: "5:6" }, "/etc/conf": "conf" };
    const { images } = await build({ layers: [{ files }] });
    return images[0]!.layers;
  };
  const [whole] = await layerOf(1);
  for (const split of [2, 7, 64]) {
    const layers = await layerOf(split);
    assert.ok(layers.length > 1 && layers.length <= split, `${layers.length} layers`);
    assert.deepEqual(unpack(...layers), unpack(whole!));
    assert.deepEqual(unpack(...layers.toReversed()), unpack(whole!));
  }
});

/** Every path with what is there after the layers were unpacked, one over the other. */
function unpack(...layers: readonly (readonly Member[])[]): Readonly<Record<string, string>> {
  const disk = new Map<string, string>();
  for (const layer of layers) {
    for (const member of layer) {
      if (member.type === "hardlink") {
        disk.set(member.path, disk.get(member.linkTarget!)!.replace(/^\S+/, member.path));
      } else {
        disk.set(member.path, `${brief([member])[0]} ${member.linkTarget ?? member.text ?? ""}`);
      }
    }
  }
  return Object.fromEntries([...disk].sort(([a], [b]) => (a < b ? -1 : 1)));
}

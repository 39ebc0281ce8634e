import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createInProcess } from "../support/in-process.js";
import { startLogged } from "../support/logged-registry.js";

test("gantry inspect shows a tree of index, images and layers, the same as JSON, or the manifest's bytes", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  const { host, acts, forget } = await startLogged(t);
  writeFileSync(join(folder, "program"), "x".repeat(5000));
  const about = ["--env", "PORT=8080", "--label", "team=web", "--user", "1000", "--workdir", "/app"];
  const more = ["--cmd", '["a","b c"]', "--expose", "8080", "--annotation", "index:note=all"];
  const platforms = ["--platform", "linux/amd64,linux/arm/v7"];
  const add = ["--add", "program:/app/program", "--compression", "none"];
  const tag = `${host}/app:1`;
  const built = await gantry(
    "build",
    "--base",
    "scratch",
    ...add,
    ...about,
    ...more,
    ...platforms,
    "-t",
    tag,
    "--push",
  );
  const digest = built.trim().split("@")[1]!;
  forget();

  const tree = (await gantry("inspect", tag)).split("\n");
  assert.deepEqual(tree.slice(0, 3), [tag, `index  ${digest}  2 manifests, oci`, "  annotation  note=all"]);
  assert.deepEqual(
    tree.filter((line) => line.startsWith("  image ")).map((line) => line.replace(/sha256:\w{64}/, "DIGEST")),
    [
      "  image linux/amd64  DIGEST  1 layer, 7.2 kB, oci",
      "  image linux/arm/v7  DIGEST  1 layer, 7.2 kB, oci",
    ],
  );
  for (const line of [
    "user        1000",
    "workdir     /app",
    'cmd         ["a","b c"]',
    "ports       8080/tcp",
  ]) {
    assert.equal(tree.filter((shown) => shown.trim() === line).length, 2, line);
  }
  assert.equal(tree.filter((line) => /^ {4}layer sha256:\w{64} +7\.2 kB {2}tar /.test(line)).length, 2);

  const raw = await gantry("inspect", "--raw", tag);
  assert.equal(`sha256:${createHash("sha256").update(raw).digest("hex")}`, digest);
  const json = JSON.parse(await gantry("inspect", "--json", tag)) as {
    readonly kind: string;
    readonly descriptor: { readonly digest: string };
    readonly manifest: unknown;
    readonly manifests: readonly {
      readonly layers: readonly { readonly size: number; readonly diffId: string; readonly digest: string }[];
    }[];
  };
  assert.deepEqual([json.kind, json.descriptor.digest, json.manifest], ["index", digest, JSON.parse(raw)]);
  const [layer] = json.manifests[1]!.layers;
  assert.deepEqual([layer!.size, layer!.diffId], [7168, layer!.digest]);

  const arm = await gantry("inspect", "--platform", "linux/arm/v7", tag);
  assert.match(arm, /^127\S+\nimage linux\/arm\/v7 {2}sha256:/);
  assert.deepEqual(
    acts("read blob").filter(({ what }) => what === layer!.digest),
    [],
    "no layer is downloaded",
  );

  assert.equal((await run(["inspect", "--raw", "--json", tag])).status, 2);
  const unknown = await run(["inspect", `${host}/app:2`]);
  assert.deepEqual([unknown.status, unknown.stdout], [1, ""]);
  assert.match(unknown.stderr, /^gantry: .*app:2/);
});

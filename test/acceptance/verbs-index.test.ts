import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createInProcess } from "../support/in-process.js";
import { startLogged } from "../support/logged-registry.js";

interface Index {
  readonly mediaType: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly manifests: readonly {
    readonly digest: string;
    readonly platform: { readonly architecture: string };
  }[];
}

test("gantry index create joins images that were pushed apart, under every tag, in any registry", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  const [one, other] = [await startLogged(t), await startLogged(t)];
  writeFileSync(join(folder, "hello"), "hello\n");
  const digests: Record<string, string> = {};
  for (const architecture of ["amd64", "arm64", "s390x"]) {
    const add = ["--add", "hello:/hello", "--platform", `linux/${architecture}`];
    const pushed = await gantry(
      "build",
      "--base",
      "scratch",
      ...add,
      "-t",
      `${one.host}/app:${architecture}`,
      "--push",
    );
    digests[architecture] = pushed.trim().split("@")[1]!;
  }
  const [amd64, arm64] = [`${one.host}/app:amd64`, `${one.host}/app:arm64`];
  one.forget();
  const tags = ["-t", `${one.host}/app:1`, "-t", `${one.host}/app:latest`, "-t", `${other.host}/far:1`];
  const joined = await gantry("index", "create", ...tags, "--annotation", "note=both", amd64, arm64);
  const [digest = ""] = /sha256:\w{64}/.exec(joined)!;
  assert.equal(joined, `${one.host}/app@${digest}\n${other.host}/far@${digest}\n`);
  assert.deepEqual(one.acts("upload"), [], "what is there is not sent again");

  const index = JSON.parse(await gantry("inspect", "--raw", `${other.host}/far:1`)) as Index;
  assert.equal(index.mediaType, "application/vnd.oci.image.index.v1+json");
  assert.deepEqual(index.annotations, { note: "both" });
  const entries = index.manifests.map(({ digest, platform }) => [platform.architecture, digest]);
  assert.deepEqual(entries, [
    ["amd64", digests["amd64"]],
    ["arm64", digests["arm64"]],
  ]);
  await gantry("copy", `${other.host}/far:1`, "oci:out:far");

  await gantry("index", "create", "-t", `${one.host}/app:2`, `${one.host}/app:1`, `${one.host}/app:s390x`);
  const wider = JSON.parse(await gantry("inspect", "--raw", `${one.host}/app:2`)) as Index;
  assert.deepEqual(
    wider.manifests.map(({ digest }) => digest),
    Object.values(digests),
  );

  one.forget();
  const twice = await run(["index", "create", "-t", `${one.host}/app:3`, amd64, `${one.host}/app:1`]);
  assert.equal(twice.status, 2);
  assert.match(
    twice.stderr,
    /^gantry: two images are for linux\/amd64, the second is sha256:\w+: leave one out$/m,
  );
  assert.deepEqual(one.acts("tag", "manifest"), []);
  const untagged = await run(["index", "create", amd64]);
  assert.equal(untagged.status, 2);
  assert.match(untagged.stderr, /^gantry: .*--tag/);
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { build, copy, inspect } from "../../src/index.js";
import { createInProcess } from "../support/in-process.js";
import { startLogged } from "../support/logged-registry.js";
import { ownOptions } from "../support/own-options.js";
import { startFront } from "../support/fault-registry.js";
import type { BuildRequest, Digest } from "../../src/index.js";

const platforms = ["linux/amd64", "linux/arm64"];
const request = (more: Partial<BuildRequest>): BuildRequest => ({
  name: "app",
  platforms,
  env: { FOR: "${TARGETARCH}" },
  files: { "/for": { content: "${TARGETARCH}\n" }, "/same": { content: "the same\n" } },
  ...more,
});

/** Each kind of place holding an image and, where it can, an index; and a name in it that nothing stands for yet. */
async function setUp(t: TestContext) {
  const own = await ownOptions(t);
  const { host } = await startLogged(t);
  const dest = join(own.system.cwd, "start");
  const outputs = [{ type: "oci", dest }] as const;
  const [index] = await build(request({ tags: ["r.test/app:all"] }), { ...own, outputs });
  const [image] = await build(request({ tags: ["r.test/app:one"], platforms: ["linux/arm64"] }), {
    ...own,
    outputs,
  });
  let count = 0;
  const places = {
    registry: (name: string) => `${host}/${name}`,
    oci: (name: string) => `oci:layout:${name}`,
    "oci-archive": (name: string) => `oci-archive:${name.replaceAll(/\W/g, "-")}.tar:${name}`,
    "docker-archive": (name: string) => `docker-archive:${name.replaceAll(/\W/g, "-")}-docker.tar:${name}`,
    store: (name: string) => `store:${name}`,
  };
  const fresh = () => `copied-${count++}:1`;
  return { own, places, fresh, index: index!.digest, image: image!.digest, host };
}

test("an image goes from every kind of place to every other with the digest it had", async (t) => {
  const { own, places, fresh, image } = await setUp(t);
  for (const [from, source] of Object.entries(places)) {
    await copy("oci:start:one", source(`${from}:1`), own);
    for (const [to, destination] of Object.entries(places)) {
      const target = destination(fresh());
      const { digest } = await copy(source(`${from}:1`), target, own);
      assert.equal(digest, image, `${from} to ${to}`);
      assert.equal((await inspect(target, own)).descriptor.digest, image, `${from} to ${to}`);
    }
  }
});

test("an index goes from every kind of place that holds one to every other, whole or one platform of it", async (t) => {
  const { own, places, fresh, index } = await setUp(t);
  const { manifests } = await inspect("oci:start:all", own);
  const arm64 = manifests!.find(({ platform }) => platform?.architecture === "arm64")!.descriptor.digest;
  const { "docker-archive": dockerArchive, ...holders } = places;
  for (const [from, source] of Object.entries(holders)) {
    await copy("oci:start:all", source(`${from}:all`), own);
    for (const [to, destination] of Object.entries(holders)) {
      const [whole, part] = [destination(fresh()), destination(fresh())];
      assert.equal((await copy(source(`${from}:all`), whole, own)).digest, index, `${from} to ${to}`);
      assert.equal((await inspect(whole, own)).manifests?.length, 2, `${from} to ${to}`);
      const picked = await copy(source(`${from}:all`), part, { ...own, platform: "linux/arm64" });
      assert.deepEqual(
        [picked.digest, (await inspect(part, own)).kind],
        [arm64, "image"],
        `${from} to ${to}`,
      );
    }
    const picked = await copy(source(`${from}:all`), dockerArchive(fresh()), {
      ...own,
      platform: "linux/arm64",
    });
    assert.equal(picked.digest, arm64, `${from} to docker-archive`);
    await assert.rejects(copy(source(`${from}:all`), dockerArchive(fresh()), own), {
      code: "ERR_GANTRY_UNSUPPORTED",
      message: /one platform: choose one of linux\/amd64, linux\/arm64 with --platform/,
    });
  }
});

test("gantry copy takes several destinations at once, prints where it pushed, and one platform with --platform", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  const { host, acts } = await startLogged(t);
  const files = { "/for": { content: "${TARGETARCH}" } };
  await build(request({ tags: ["r.test/app:1"], files }), {
    ...(await ownOptions(t)),
    outputs: [{ type: "oci", dest: join(folder, "start") }],
  });
  const copied = await gantry("copy", "oci:start:1", `${host}/one:1`, `${host}/two:1`, "oci-archive:out.tar");
  const [, digest] = /^\S+\/one@(sha256:\S+)\n/.exec(copied) as unknown as [string, Digest];
  assert.equal(copied, `${host}/one@${digest}\n${host}/two@${digest}\n`);
  const sent = acts("upload").map(({ what }) => what);
  assert.deepEqual(sent, [...new Set(sent)], "each blob is sent once and mounted after");
  assert.equal(acts("mount").length, sent.length);

  const one = await gantry(
    "copy",
    "--platform",
    "linux/arm64",
    "oci-archive:out.tar",
    "docker-archive:arm.tar",
  );
  const raw = JSON.parse(await gantry("inspect", "--raw", `${host}/one:1`)) as {
    manifests: { digest: string; platform: { architecture: string } }[];
  };
  const expected = raw.manifests.find(({ platform }) => platform.architecture === "arm64")!.digest;
  assert.equal(one, `${expected}\n`);
  const none = await run(["copy", "--platform", "linux/s390x", "oci:start", "oci:none"]);
  assert.equal(none.status, 3);
  assert.match(none.stderr, /^gantry: .*no image for linux\/s390x.*linux\/amd64, linux\/arm64$/m);
});

test("a destination that fails stops a copy, a push and a joined index everywhere, or with --on-push-error continue only there", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  const { host, acts, registry } = await startBroken(t);
  await build(request({ tags: ["r.test/app:1"] }), {
    ...(await ownOptions(t)),
    outputs: [{ type: "oci", dest: join(folder, "start") }],
  });
  await gantry("copy", "oci:start:1", "store:app:1");
  const commands = [
    ["copy", "oci:start:1", `${registry}/copied:1`, `${host}/app:1`],
    ["push", "app:1", `${registry}/pushed:1`, `${host}/app:1`],
    ["index", "create", "-t", `${registry}/joined:1`, "-t", `${host}/app:1`, "oci:start:1"],
  ];
  for (const command of commands) {
    const { status, stdout, stderr } = await run(command);
    assert.deepEqual([status, stdout], [1, ""], command.join(" "));
    assert.match(stderr, new RegExp(`^gantry: .*${host}`, "m"));
    assert.deepEqual(acts("tag"), [], command.join(" "));
  }
  for (const command of commands) {
    const { status, stdout, stderr } = await run([...command, "--on-push-error", "continue"]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^${registry}/\\w+@sha256:[0-9a-f]{64}\\n$`));
    assert.match(stderr, new RegExp(`^gantry: ${host} failed: .*denied by the test`, "m"));
  }
  assert.deepEqual(
    acts("tag").map(({ repository }) => repository),
    ["copied", "pushed", "joined"],
  );
});

/** A registry, and beside it another that takes no blob. */
async function startBroken(t: TestContext) {
  const { host: registry, acts } = await startLogged(t);
  const { host } = await startFront(t, registry, ({ method }) =>
    method === "POST"
      ? { status: 403, body: '{"errors":[{"code":"DENIED","message":"denied by the test"}]}' }
      : undefined,
  );
  return { registry, acts, host };
}

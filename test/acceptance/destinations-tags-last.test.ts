import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { build, type BuildRequest } from "../../src/index.js";
import { startFront, type Fault } from "../support/fault-registry.js";
import { createSandbox } from "../support/cli.js";
import { createGate } from "../support/gate.js";
import { actsOf, countEach, startLogged, type Logged } from "../support/logged-registry.js";
import { ownOptions } from "../support/own-options.js";

const pushFile = ["build", "--base", "scratch", "--add", "a:/a", "--push"];
const platforms = ["linux/amd64", "linux/arm64"];

test("tags of two registries, four repositories and two images move after every blob and manifest is everywhere", async (t) => {
  const options = await ownOptions(t);
  const log: Logged[] = [];
  const slowMayGo = createGate();
  const quick = await startLogged(t, {
    log,
    onRequest: ({ method, path }) => {
      // The quick registry has all of an image now. Were its tag to move next, that would be before the slow one is let go.
      if (method === "PUT" && path.includes("/b/manifests/sha256:"))
        void askOften(quick.host).then(slowMayGo.open);
    },
  });
  const slow = await startLogged(t, { log });
  const { host } = await startFront(t, slow.host, ({ method }): Fault | undefined =>
    method === "PUT" ? { hold: slowMayGo.opened } : undefined,
  );
  const request = (name: string, repositories: readonly string[]): BuildRequest => ({
    name,
    platforms,
    tags: repositories.flatMap((repository) => [`${repository}:1`, `${repository}:latest`]),
    files: { "/same": { content: "in both images" }, "/name": { content: `${name} for \${TARGETARCH}` } },
  });
  const requests = [
    request("one", [`${quick.host}/a`, `${quick.host}/b`, `${host}/c`]),
    request("two", [`${quick.host}/b/two`, `${host}/d/two`]),
  ];
  const results = await build(requests, { ...options, outputs: [{ type: "registry" }] });

  const acts = actsOf(log);
  const firstTag = acts.findIndex(({ kind }) => kind === "tag");
  const after = acts.slice(firstTag).map(({ kind }) => kind);
  assert.deepEqual(countEach(after), { tag: 10 }, "nothing but tags comes after the first tag");
  for (const act of acts.filter(({ kind }) => kind === "upload")) {
    const same = acts.filter(
      ({ kind, host: at, what }) => kind === "upload" && at === act.host && what === act.what,
    );
    assert.equal(same.length, 1, `${act.what} was uploaded once to ${act.host}`);
  }
  const mounts = acts.filter(({ kind }) => kind === "mount");
  assert.ok(
    mounts.length > 0 &&
      mounts.every(({ host: at, repository, from }) => at === quick.host && repository !== from),
  );
  assert.equal(results.length, 2);
  for (const { digest, outputs } of results) {
    const published = outputs.flatMap((output) => output.published);
    for (const { name, digest: there } of published) {
      assert.equal(there, digest);
      assert.equal(await digestAt(name), digest, name);
    }
  }
});

test("each image's manifests come after their blobs and its index after them, in every repository", async (t) => {
  const options = await ownOptions(t);
  const { host, acts } = await startLogged(t);
  const request = {
    name: "app",
    platforms,
    tags: [`${host}/one:1`, `${host}/two:1`],
    files: { "/a": { content: "a ${TARGETARCH}" } },
  };
  const [result] = await build(request, { ...options, outputs: [{ type: "registry" }] });
  for (const repository of ["one", "two"]) {
    const steps = acts("upload", "mount", "manifest", "tag").filter((act) => act.repository === repository);
    const place = (digest: string) => steps.findIndex(({ what }) => what === digest);
    for (const { descriptor, configContent, layers } of result!.images) {
      const below = [configContent, ...layers].map((blob) => place(blob.descriptor.digest));
      assert.ok(Math.min(...below) >= 0);
      assert.ok(Math.max(...below) < place(descriptor.digest), "blobs before their manifest");
      assert.ok(place(descriptor.digest) < place(result!.digest), "images before their index");
    }
    assert.equal(steps.at(-1)!.kind, "tag");
  }
});

test("a registry that refuses a blob moves no tag anywhere; with --on-push-error continue the others go on", async (t) => {
  const { folder, run } = createSandbox(t);
  const good = await startLogged(t);
  const broken = await startBroken(
    t,
    ({ method, path }) => method === "POST" && path.includes("/blobs/uploads/"),
  );
  writeFileSync(join(folder, "a"), "a");
  const push = (...more: readonly string[]) =>
    run([...pushFile, "-t", `${good.host}/a:1`, "-t", `${broken}/a:1`, ...more]);

  const failed = await push();
  assert.deepEqual({ status: failed.status, stdout: failed.stdout }, { status: 1, stdout: "" });
  assert.match(failed.stderr, new RegExp(`^gantry: .*${broken}.*(403|DENIED)`, "m"));
  assert.ok(good.acts("manifest").length > 0, "the good registry was ready");
  assert.deepEqual(good.acts("tag"), []);

  const went = await push("--on-push-error", "continue");
  assert.equal(went.status, 0, went.stderr);
  assert.match(went.stdout, new RegExp(`^${good.host}/a@sha256:[0-9a-f]{64}\n$`));
  assert.match(went.stderr, new RegExp(`^gantry: ${broken} failed: .*(403|DENIED)`, "m"));
  assert.deepEqual(
    good.acts("tag").map(({ repository, what }) => `${repository}:${what}`),
    ["a:1"],
  );

  const nowhere = await run([...pushFile, "-t", `${broken}/a:1`, "--on-push-error", "continue"]);
  assert.equal(nowhere.status, 1, "an image that got nowhere is a failure under either policy");
});

test("a result tells of each destination, whatever became of it", async (t) => {
  const options = await ownOptions(t);
  const good = await startLogged(t);
  const broken = await startBroken(
    t,
    ({ method, path }) => method === "POST" && path.includes("/blobs/uploads/"),
  );
  const [result] = await build(
    { name: "app", tags: [`${good.host}/a:1`, `${broken}/a:1`], files: { "/a": { content: "a" } } },
    { ...options, outputs: [{ type: "registry" }, { type: "oci", dest: "out" }], onPushError: "continue" },
  );
  const { digest, outputs } = result!;
  assert.deepEqual(
    outputs.map(({ type, status, published }) => ({ type, status, published })),
    [
      { type: "registry", status: "done", published: [{ name: `${good.host}/a:1`, digest }] },
      { type: "registry", status: "failed", published: [] },
      { type: "oci", status: "done", published: [{ name: "1", digest }] },
    ],
  );
  assert.match(outputs[1]!.error!.message, /403|DENIED/);
});

test("a tag that is refused at the very end is an error that names the tags that moved", async (t) => {
  const { folder, run } = createSandbox(t);
  const good = await startLogged(t);
  const broken = await startBroken(
    t,
    ({ method, path }) => method === "PUT" && path.endsWith("/manifests/1"),
  );
  writeFileSync(join(folder, "a"), "a");
  const tags = [`${good.host}/a:1`, `${broken}/a:other`, `${broken}/a:1`].flatMap((tag) => ["-t", tag]);
  const { status, stdout, stderr } = await run([...pushFile, ...tags]);
  assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
  const refused = `publishing ${broken}/a:1: .*403.*`;
  assert.match(
    stderr,
    new RegExp(`^gantry: .*${refused}; already moved: ${good.host}/a:1, ${broken}/a:other$`, "m"),
  );

  const went = await run([...pushFile, ...tags, "--on-push-error", "continue"]);
  assert.equal(went.status, 0, went.stderr);
  assert.match(went.stdout, new RegExp(`^${good.host}/a@sha256:[0-9a-f]{64}\n$`));
  assert.match(
    went.stderr,
    new RegExp(`^gantry: ${broken} failed: ${refused}; already moved: ${broken}/a:other$`, "m"),
  );
});

test("--push without a tag ends with 2 before the base is asked for", async (t) => {
  const { run } = createSandbox(t);
  const registry = await startLogged(t);
  const { status, stderr } = await run(["build", "--base", `${registry.host}/base:1`, "--push"]);
  assert.equal(status, 2);
  assert.match(stderr, /^gantry: .*no tag.*-t REGISTRY\/REPOSITORY:TAG/);
  assert.deepEqual(registry.log, []);
});

/** A registry that forbids some requests; its name. */
async function startBroken(
  t: TestContext,
  forbids: (request: { readonly method: string; readonly path: string }) => boolean,
): Promise<string> {
  const registry = await startLogged(t);
  const body = JSON.stringify({ errors: [{ code: "DENIED", message: "not for you" }] });
  const { host } = await startFront(t, registry.host, (request) =>
    forbids(request) ? { status: 403, body } : undefined,
  );
  return host;
}

/** Time for anything that is to happen at a registry, counted in questions to it. */
async function askOften(host: string): Promise<void> {
  for (let asked = 0; asked < 20; asked++) await (await fetch(`http://${host}/v2/`)).text();
}

async function digestAt(name: string): Promise<string | null> {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(name)!;
  const headers = { accept: "application/vnd.oci.image.index.v1+json" };
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    method: "HEAD",
    headers,
  });
  return response.headers.get("docker-content-digest");
}

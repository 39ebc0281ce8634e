import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createRegistry } from "../../src/registry.js";
import { createSandbox } from "../support/cli.js";
import type { Sandbox } from "../support/cli.js";

/** A sandbox, a registry, and an image of two platforms in it under app:1. */
async function prepare(
  t: TestContext,
): Promise<Sandbox & { readonly host: string; readonly digest: string }> {
  const registry = await createRegistry();
  t.after(() => registry.close());
  const sandbox = createSandbox(t);
  writeFileSync(join(sandbox.folder, "hello.txt"), "hello\n");
  const printed = await sandbox.gantry(
    ...[
      "build",
      "--base",
      "scratch",
      "--add",
      "hello.txt:/hello.txt",
      "--platform",
      "linux/amd64,linux/arm64",
    ],
    ...["-t", `${registry.host}/app:1`, "--push"],
  );
  return { ...sandbox, host: registry.host, digest: printed.trim().split("@")[1]! };
}

async function digestOf({ gantry }: Sandbox, place: string): Promise<string> {
  const found = JSON.parse(await gantry("inspect", "--json", place)) as { descriptor: { digest: string } };
  return found.descriptor.digest;
}

test("an image keeps its digest on its way through every kind of place", async (t) => {
  const sandbox = await prepare(t);
  const { gantry, host, digest } = sandbox;
  const way = [
    `${host}/app:1`,
    "oci:layout:one",
    "oci-archive:image.tar",
    "store:kept:1",
    `${host}/other/app:2`,
  ];
  for (let step = 1; step < way.length; step++) {
    await gantry("copy", way[step - 1]!, way[step]!);
    assert.equal(await digestOf(sandbox, way[step]!), digest, way[step]);
  }
  await gantry("copy", "--platform", "linux/arm64", `${host}/app:1`, "docker-archive:arm.tar:app:arm");
  await gantry("copy", "docker-archive:arm.tar", `${host}/arm:1`);
  const [index, arm] = [
    await gantry("inspect", "--raw", `${host}/app:1`),
    await digestOf(sandbox, `${host}/arm:1`),
  ];
  assert.equal(`sha256:${createHash("sha256").update(index).digest("hex")}`, digest);
  assert.ok(index.includes(arm));
});

test("index create joins images that were pushed apart, and refuses two for one platform", async (t) => {
  const sandbox = await prepare(t);
  const { gantry, host, run } = sandbox;
  for (const name of ["amd64", "arm64"]) {
    await gantry("copy", "--platform", `linux/${name}`, `${host}/app:1`, `${host}/${name}:1`);
  }
  await gantry("index", "create", "-t", `${host}/joined:1`, `${host}/amd64:1`, `${host}/arm64:1`);
  assert.match(await gantry("inspect", `${host}/joined:1`), /image linux\/amd64[^]*image linux\/arm64/);
  const twice = await run(["index", "create", "-t", `${host}/twice:1`, `${host}/amd64:1`, `${host}/amd64:1`]);
  assert.equal(twice.status, 2);
  assert.match(twice.stderr, /^gantry: two images are for linux\/amd64/);
});

test("a build without an output is in the local store, from where it is listed, pushed and removed", async (t) => {
  const sandbox = await prepare(t);
  const { gantry, host, run } = sandbox;
  const flags = ["build", "--base", "scratch", "--add", "hello.txt:/hello.txt", "-t", `${host}/kept:1`];
  const built = await run(flags);
  assert.equal(built.status, 0);
  assert.match(built.stderr, new RegExp(`gantry push ${host}/kept:1\n$`));
  assert.match(await gantry("images", "ls"), new RegExp(`${host}/kept:1 +sha256:`));
  assert.equal(await gantry("cache", "verify"), "");
  await gantry("cache", "prune");
  await gantry("push", `${host}/kept:1`);
  const digest = built.stdout.trim().split("@")[1];
  assert.equal(await digestOf(sandbox, `${host}/kept:1`), digest);
  await gantry("images", "rm", `${host}/kept:1`);
  const missing = await run(["push", `${host}/kept:1`]);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /kept:1/);
});

test("login keeps credentials where docker does, after the registry accepted them; logout forgets them", async (t) => {
  const { host, folder, run } = await prepare(t);
  const login = await run(["login", host, "--username", "me", "--password-stdin"], { input: "secret\n" });
  assert.equal(login.status, 0, login.stderr);
  assert.ok(!login.stderr.includes("secret"));
  const file = join(folder, ".docker", "config.json");
  const kept = JSON.parse(readFileSync(file, "utf8")) as { auths: Record<string, { auth: string }> };
  assert.equal(Buffer.from(kept.auths[host]!.auth, "base64").toString(), "me:secret");
  assert.equal((await run(["logout", host])).status, 0);
  assert.ok(!readFileSync(file, "utf8").includes(host));
});

test("stdout carries results alone, whatever the progress; quiet prints digests, rawjson lines of JSON", async (t) => {
  const { host, run, digest } = await prepare(t);
  const flags = [
    "build",
    "--base",
    "scratch",
    "--add",
    "hello.txt:/hello.txt",
    "--platform",
    "linux/amd64,linux/arm64",
  ];
  const build = (...more: string[]) => run([...flags, "-t", `${host}/app:1`, "--push", ...more]);
  const plain = await build("--timings");
  assert.equal(plain.stdout, `${host}/app@${digest}\n`);
  assert.match(plain.stderr, /STEP +BEGAN +TOOK/);
  const quiet = await build("--progress", "quiet");
  assert.deepEqual([quiet.stdout, quiet.stderr], [`${digest}\n`, ""]);
  const raw = await build("--progress", "rawjson");
  assert.equal(raw.stdout, `${host}/app@${digest}\n`);
  const events = raw.stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string });
  assert.ok(
    events.some(({ type }) => type === "step-start") && events.some(({ type }) => type === "step-end"),
  );
});

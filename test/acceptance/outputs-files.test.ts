import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect } from "../../src/index.js";
import { createSandbox } from "../support/cli.js";
import { startLogged } from "../support/logged-registry.js";
import { ownOptions } from "../support/own-options.js";
import { lacking, tool } from "../support/tools.js";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const content = ["build", "--base", "scratch", "--add", "a.txt:/a.txt", "--env", "A=1"];
const amd64 = ["--platform", "linux/amd64"];
const both = ["--platform", "linux/amd64,linux/arm64"];

test("one run brings one digest to registries, a tar, a folder, docker's tar, the store, the metadata and the iidfile", async (t) => {
  const { folder, run, gantry } = createSandbox(t);
  const { host } = await startLogged(t);
  writeFileSync(join(folder, "a.txt"), "a\n");
  const { status, stdout, stderr } = await run([
    ...[...content, ...amd64, "-t", `${host}/app:1`, "-t", `${host}/team/app:2`, "--push"],
    ...["-o", "type=oci,dest=out.tar", "-o", "type=oci,dest=out", "-o", "type=docker,dest=docker.tar"],
    ...["-o", `type=image,name=${host}/third:3`, "--metadata-file", "metadata.json", "--iidfile", "iid"],
  ]);
  assert.equal(status, 0, stderr);
  const digest = stdout.split("\n")[0]!.split("@")[1]!;
  const repositories = ["app", "team/app", "third"].map((repository) => `${host}/${repository}@${digest}\n`);
  assert.equal(stdout, repositories.join(""));
  const places = [
    ...[`${host}/app:1`, `${host}/team/app:2`, `${host}/third:3`],
    ...["oci-archive:out.tar:1", "oci-archive:out.tar:2", "oci-archive:out.tar:3", "oci:out:1", "oci:out:3"],
    ...[`docker-archive:docker.tar:${host}/team/app:2`, `store:${host}/third:3`],
  ];
  const options = { ...(await ownOptions(t)), cacheDir: join(folder, ".gantry") };
  const inFolder = { ...options, system: { ...options.system, cwd: folder } };
  for (const place of places) assert.equal((await inspect(place, inFolder)).descriptor.digest, digest, place);

  const metadata = JSON.parse(readFileSync(join(folder, "metadata.json"), "utf8")) as Record<string, unknown>;
  const { bytes } = await inspect("oci:out:1", inFolder);
  const config = (JSON.parse(Buffer.from(bytes).toString()) as { config: { digest: string } }).config.digest;
  assert.equal(metadata["containerimage.digest"], digest);
  assert.equal(metadata["containerimage.config.digest"], config);
  assert.equal(metadata["image.name"], [`${host}/app:1`, `${host}/team/app:2`, `${host}/third:3`].join(","));
  assert.equal(readFileSync(join(folder, "iid"), "utf8"), config);
  assert.match(await gantry("images", "ls"), new RegExp(`^${host}/third:3 +${digest}`, "m"));
});

test(
  "skopeo reads each archive by the names that the issue promises, umoci unpacks the folder",
  { skip: lacking("skopeo", "umoci") },
  async (t) => {
    const { folder, run } = createSandbox(t);
    writeFileSync(join(folder, "a.txt"), "a\n");
    const { stderr, status } = await run([
      ...[...content, ...amd64, "-t", "registry.example/team/app:1.2", "-o", "type=oci,dest=out.tar"],
      ...["-o", "type=oci,dest=folder.tar,tar=false", "-o", "type=oci,dest=odd-name,tar=true"],
      ...["-o", "type=docker,dest=docker.tar"],
    ]);
    assert.equal(status, 0, stderr);
    const at = (name: string) => join(folder, name);
    const readers = [
      `oci-archive:${at("out.tar")}:1.2`,
      `oci-archive:${at("odd-name")}:1.2`,
      `oci:${at("folder.tar")}:1.2`,
      `docker-archive:${at("docker.tar")}:registry.example/team/app:1.2`,
    ];
    for (const reader of readers) {
      const config = JSON.parse(await tool("skopeo", "inspect", "--config", reader)) as {
        config: { Env: string[] };
      };
      assert.deepEqual(config.config.Env, ["A=1"], reader);
    }
    assert.deepEqual(readFileSync(at("out.tar")), readFileSync(at("odd-name")));
    await tool("umoci", "unpack", "--rootless", "--image", `${at("folder.tar")}:1.2`, at("bundle"));
    assert.equal(readFileSync(at("bundle/rootfs/a.txt"), "utf8"), "a\n");
  },
);

test("an image without a tag is called latest in a layout, and several images share a folder under their tags", async (t) => {
  const { folder, gantry } = createSandbox(t);
  const image = (name: string, tags?: readonly string[]) => ({
    name,
    files: { "/name": { content: name } },
    ...(tags === undefined ? {} : { tags }),
  });
  const images = [image("one", ["r.example/one:a"]), image("two", ["r.example/two:b"]), image("three")];
  writeFileSync(join(folder, "gantry.config.json"), JSON.stringify({ images }));
  const printed = await gantry("build", "-o", "type=oci,dest=out", "--metadata-file", "metadata.json");
  const index = JSON.parse(readFileSync(join(folder, "out/index.json"), "utf8")) as {
    manifests: { digest: string; annotations: Record<string, string> }[];
  };
  const named = Object.fromEntries(
    index.manifests.map(({ digest, annotations }) => [
      annotations["org.opencontainers.image.ref.name"],
      digest,
    ]),
  );
  const digests = printed
    .trim()
    .split("\n")
    .map((line) => line.split("@") as [string, string]);
  assert.deepEqual(
    digests.map(([name]) => name),
    ["one", "two", "three"],
  );
  assert.deepEqual(named, { a: digests[0]![1], b: digests[1]![1], latest: digests[2]![1] });
  const metadata = JSON.parse(readFileSync(join(folder, "metadata.json"), "utf8")) as Record<
    string,
    Record<string, unknown>
  >;
  assert.equal(metadata["two"]!["containerimage.digest"], digests[1]![1]);
});

test("images that would have one name in a folder are refused before any of them is written", async (t) => {
  const { folder, run } = createSandbox(t);
  const images = ["one", "two"].map((name) => ({ name, tags: [`r.example/${name}:1`], files: {} }));
  writeFileSync(join(folder, "gantry.config.json"), JSON.stringify({ images }));
  const { status, stdout, stderr } = await run(["build", "-o", "type=oci,dest=out"]);
  assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
  assert.match(stderr, /^gantry: one and two .*"1".*different tags/m);
  assert.ok(!existsSync(join(folder, "out")));
});

test("an archive on stdout is the archive and nothing else", async (t) => {
  const { folder, gantry } = createSandbox(t);
  writeFileSync(join(folder, "a.txt"), "a\n");
  await gantry(...content, ...both, "-t", "r.example/app:1", "-o", "type=oci,dest=file.tar");
  const env = { PATH: process.env.PATH, HOME: folder, GANTRY_CACHE_DIR: join(folder, ".gantry") };
  const args = [main, ...content, ...both, "-t", "r.example/app:1", "-o", "type=oci,dest=-"];
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "pipe", "ignore"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  assert.deepEqual(await once(child, "close"), [0, null]);
  assert.deepEqual(Buffer.concat(chunks), readFileSync(join(folder, "file.tar")));
});

test("Docker's media types are written for all platforms where -o asks for them, and skopeo reads them", async (t) => {
  const { folder, gantry } = createSandbox(t);
  const { host } = await startLogged(t);
  writeFileSync(join(folder, "a.txt"), "a\n");
  await gantry(...content, ...both, "-o", `type=image,push=true,oci-mediatypes=false,name=${host}/app:1`);
  const index = JSON.parse(await gantry("inspect", "--raw", `${host}/app:1`)) as {
    mediaType: string;
    manifests: { mediaType: string }[];
  };
  assert.equal(index.mediaType, "application/vnd.docker.distribution.manifest.list.v2+json");
  for (const { mediaType } of index.manifests) {
    assert.equal(mediaType, "application/vnd.docker.distribution.manifest.v2+json");
  }
  if (lacking("skopeo") !== false) return;
  const raw = await tool(
    "skopeo",
    "inspect",
    "--tls-verify=false",
    "--override-arch=arm64",
    `docker://${host}/app:1`,
  );
  assert.equal((JSON.parse(raw) as { Architecture: string }).Architecture, "arm64");
});

test("without an output the image is in the local store, from where gantry push takes it to its own name or others", async (t) => {
  const { folder, run, gantry } = createSandbox(t);
  const { host, acts } = await startLogged(t);
  writeFileSync(join(folder, "a.txt"), "a\n");
  const { stdout, stderr, status } = await run([...content, ...both, "-t", `${host}/app:1`]);
  assert.equal(status, 0, stderr);
  const digest = stdout.trim().split("@")[1]!;
  assert.equal(
    stderr.trimEnd().split("\n").at(-1),
    `app is in the local store; push it with: gantry push ${host}/app:1`,
  );
  assert.deepEqual(acts(), [], "nothing was asked of the registry");
  const store = JSON.parse(readFileSync(join(folder, ".gantry/store/oci-layout"), "utf8")) as object;
  assert.deepEqual(store, { imageLayoutVersion: "1.0.0" });
  assert.equal(await gantry("push", `${host}/app:1`), `${host}/app@${digest}\n`);
  assert.equal(
    await gantry("push", `${host}/app:1`, `${host}/else/where:2`, `${host}/app:latest`),
    `${host}/else/where@${digest}\n${host}/app@${digest}\n`,
  );
  assert.deepEqual(
    acts("tag")
      .map(({ repository, what }) => `${repository}:${what}`)
      .toSorted(),
    ["app:1", "app:latest", "else/where:2"],
  );
  const unnamed = await run([...content, ...amd64]);
  const name = unnamed.stdout.split("@")[0]!;
  assert.match(unnamed.stderr, new RegExp(`push it with: gantry push ${name} REGISTRY/REPOSITORY:TAG\n$`));
  assert.match(await gantry("push", name, `${host}/unnamed:1`), new RegExp(`^${host}/unnamed@sha256:`));
  const pushless = await run(["push", name]);
  assert.deepEqual({ status: pushless.status, stdout: pushless.stdout }, { status: 2, stdout: "" });
  assert.match(pushless.stderr, new RegExp(`gantry push ${name} localhost:5000/${name}:1`));
});

test("outputs that Gantry does not write are refused by name, and those of one platform for several, before any work", async (t) => {
  const { folder, run } = createSandbox(t);
  const registry = await startLogged(t);
  const base = ["build", "--base", `${registry.host}/base:1`];
  const refused: readonly (readonly [flags: readonly string[], message: RegExp])[] = [
    [["-o", "type=local,dest=out", "-o", "type=tar,dest=out.tar"], /type=local is not supported/],
    [["-o", "type=docker,dest=out.tar", ...both], /one platform.*linux\/amd64, linux\/arm64.*--platform/],
  ];
  for (const [flags, message] of refused) {
    const { status, stdout, stderr } = await run([...base, ...flags]);
    assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  }
  assert.deepEqual(registry.log, []);
  mkdirSync(join(folder, "spec"));
  const spec = { name: "app", platforms: { "linux/amd64": {}, "linux/arm64": {} }, files: {} };
  writeFileSync(join(folder, "spec/gantry.config.json"), JSON.stringify(spec));
  const fromSpec = await run(["build", "spec", "-o", "type=docker,dest=out.tar"]);
  assert.equal(fromSpec.status, 2, fromSpec.stderr);
  assert.deepEqual(readdirSync(folder), ["spec"]);
  assert.ok(!existsSync(join(folder, "out.tar")));
});

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { parseAdd } from "../../../src/index.js";
import type { BuildOptions, BuildRequest, BuildResult, OutputResult } from "../../../src/index.js";
import type { Api } from "../../../src/cli/terminal.js";
import { runFake } from "../fake-terminal.js";

const digest = `sha256:${"a".repeat(64)}` as const;
const configDigest = `sha256:${"c".repeat(64)}` as const;
const descriptor = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 7 };

/** A library that builds nothing and says that every output was made. */
function fakeBuild(
  outcome: (request: BuildRequest, options: BuildOptions) => readonly OutputResult[] = everythingDone,
) {
  const calls: { readonly requests: readonly BuildRequest[]; readonly options: BuildOptions }[] = [];
  const build = async (given: BuildRequest | readonly BuildRequest[], options: BuildOptions = {}) => {
    const requests = [given].flat() as BuildRequest[];
    calls.push({ requests, options });
    return requests.map((request) => resultOf(request, outcome(request, options)));
  };
  return { calls, api: { build, parseAdd } as Partial<Api> };
}

function resultOf(
  { name = "", tags = [], platforms = [] }: BuildRequest,
  outputs: readonly OutputResult[],
): BuildResult {
  const isIndex = (platforms as readonly string[]).length > 1;
  const artifact = isIndex
    ? { kind: "index" }
    : { kind: "image", configContent: { descriptor: { digest: configDigest } } };
  return {
    name,
    digest,
    descriptor,
    artifact,
    images: [],
    outputs,
    plan: { name, tags },
  } as unknown as BuildResult;
}

function everythingDone(
  { name = "", tags = [] }: BuildRequest,
  { outputs = [] }: BuildOptions,
): readonly OutputResult[] {
  return outputs.map(({ type }) => {
    const names = type === "registry" ? tags : [tags[0] ?? name];
    return {
      type,
      label: type,
      status: "done",
      published: names.map((published) => ({ name: published, digest })),
    };
  });
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gantry-cli-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const base = ["build", "--base", "scratch"];

test("what was pushed is on stdout, a repository with its digest once", async () => {
  const { api } = fakeBuild();
  const tags = ["-t", "localhost:5000/app:1", "-t", "localhost:5000/app:2", "-t", "ghcr.io/me/app"];
  const ran = await runFake([...base, ...tags, "--push"], { api });
  assert.deepEqual(ran, {
    status: 0,
    stdout: `localhost:5000/app@${digest}\nghcr.io/me/app@${digest}\n`,
    stderr: "",
  });
});

test("without an output the last line says how to push what is in the local store", async () => {
  const { api } = fakeBuild();
  const named = await runFake([...base, "-t", "ghcr.io/me/app:1"], { api });
  assert.equal(named.stdout, `app@${digest}\n`);
  assert.equal(named.stderr, "app is in the local store; push it with: gantry push ghcr.io/me/app:1\n");
  const bare = await runFake(base, { api, cwd: "/home/me/shop" });
  assert.equal(
    bare.stderr,
    "shop is in the local store; push it with: gantry push shop REGISTRY/REPOSITORY:TAG\n",
  );
});

test("quiet prints digests and nothing else", async () => {
  const { api } = fakeBuild();
  const ran = await runFake([...base, "-t", "a:1", "-t", "b:1", "--push", "--progress", "quiet"], { api });
  assert.deepEqual(ran, { status: 0, stdout: `${digest}\n`, stderr: "" });
});

test("results go to stderr where stdout carries an archive, which a terminal never gets", async () => {
  const { api } = fakeBuild();
  const args = [...base, "-o", "type=oci,dest=-"];
  const ran = await runFake(args, { api });
  assert.equal(ran.stdout, "");
  assert.match(ran.stderr, /@sha256:a+\n/);
  const refused = await runFake(args, { api, isTTY: true });
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /cannot be written to the terminal/);
});

test("flags become the library's options", async () => {
  const { api, calls } = fakeBuild();
  const flags =
    "--push --no-cache --cache-from destination --cache-from r:1 --insecure r.example --authfile a.json --compression gzip:6 --on-push-error continue --preserve-mode --base-tree never --assume-new /lib/x";
  await runFake([...base, "-t", "r:1", ...flags.split(" ")], { api });
  const { system: _, signal: __, onEvent: ___, ...options } = calls[0]!.options;
  assert.deepEqual(options, {
    outputs: [{ type: "registry" }],
    context: ".",
    noCache: true,
    cacheFrom: ["destination", "r:1"],
    insecure: ["r.example"],
    authFile: "a.json",
    compression: "gzip:6",
    onPushError: "continue",
    preserveMode: true,
    baseTree: "never",
    assumeNew: ["/lib/x"],
  });
});

test("what cannot come out well is refused before any work", async () => {
  const { api, calls } = fakeBuild();
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["--push"], /has no tag to push to: give -t/],
    [
      ["--load", "--platform", "linux/amd64,linux/arm64"],
      /--load takes an image of one platform, but .* is for linux\/amd64, linux\/arm64/,
    ],
    [
      ["-o", "type=docker,dest=a.tar", "--platform", "linux/amd64,linux/arm64"],
      /type=docker holds an image of one platform/,
    ],
    [
      ["--compression", "none", "-o", "type=oci,dest=o,compression=gzip"],
      /--compression is none and -o says gzip/,
    ],
    [
      ["--metadata-file", "missing/meta.json"],
      /--metadata-file missing\/meta\.json: the folder .* does not exist/,
    ],
    [["--iidfile", "/"], /is a folder/],
  ];
  for (const [args, message] of cases) {
    const { status, stderr } = await runFake([...base, ...args], { api });
    assert.match(stderr, message);
    assert.equal(status, 2, stderr);
  }
  assert.deepEqual(calls, []);
});

test("one archive or iidfile for several images is refused", async () => {
  const { api, calls } = fakeBuild();
  const loadConfig = async () => ({ path: "gantry.config.json", requests: [{ name: "a" }, { name: "b" }] });
  const world = { api: { ...api, loadConfig } };
  for (const args of [
    ["-o", "type=oci,dest=a.tar"],
    ["-o", "type=docker,dest=a.tar"],
    ["--iidfile", "id"],
  ]) {
    const { status, stderr } = await runFake(["build", ...args], world);
    assert.equal(status, 2);
    assert.match(stderr, /2 are selected/);
  }
  assert.deepEqual(calls, []);
  assert.equal((await runFake(["build", "-o", "type=oci,dest=folder"], world)).status, 0);
});

test("metadata and image ID are written as buildx and docker write them", async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, "id"), "old");
  const { api } = fakeBuild();
  const files = ["--metadata-file", "meta.json", "--iidfile", "id"];
  await runFake([...base, "-t", "a:1", "-t", "b:2", ...files], { api, cwd });
  assert.deepEqual(JSON.parse(readFileSync(join(cwd, "meta.json"), "utf8")), {
    "containerimage.config.digest": configDigest,
    "containerimage.descriptor": descriptor,
    "containerimage.digest": digest,
    "image.name": "a:1,b:2",
  });
  assert.equal(readFileSync(join(cwd, "id"), "utf8"), configDigest);
  await runFake([...base, "--platform", "linux/amd64,linux/arm64", ...files], { api, cwd });
  assert.equal(readFileSync(join(cwd, "id"), "utf8"), digest);
  assert.deepEqual(readdirSync(cwd).sort(), ["id", "meta.json"]);
});

test("metadata of several images are kept by name", async (t) => {
  const cwd = temporaryFolder(t);
  const { api } = fakeBuild();
  const loadConfig = async () => ({ path: "gantry.config.json", requests: [{ name: "a" }, { name: "b" }] });
  await runFake(["build", "--metadata-file", "meta.json"], { api: { ...api, loadConfig }, cwd });
  const metadata = JSON.parse(readFileSync(join(cwd, "meta.json"), "utf8")) as Record<string, object>;
  assert.deepEqual(Object.keys(metadata), ["a", "b"]);
});

test("a build that fails leaves no iidfile and no metadata", async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, "id"), "old");
  const build = () => Promise.reject(new Error("no"));
  await runFake([...base, "--iidfile", "id", "--metadata-file", "meta.json"], { api: { build }, cwd });
  assert.deepEqual(readdirSync(cwd), []);
});

test("a destination that was left out is told, and the status is 1 only where the image got nowhere", async () => {
  const failed = {
    type: "registry",
    label: "ghcr.io",
    status: "failed",
    published: [],
    error: new Error("denied"),
  } as const;
  const done = {
    type: "registry",
    label: "localhost:5000",
    status: "done",
    published: [{ name: "localhost:5000/app:1", digest }],
  } as const;
  const args = [
    ...base,
    "-t",
    "ghcr.io/me/app:1",
    "-t",
    "localhost:5000/app:1",
    "--push",
    "--on-push-error",
    "continue",
  ];
  const some = await runFake(args, { api: fakeBuild(() => [failed, done]).api });
  assert.deepEqual(some, {
    status: 0,
    stdout: `localhost:5000/app@${digest}\n`,
    stderr: "gantry: ghcr.io failed: denied\n",
  });
  assert.equal((await runFake(args, { api: fakeBuild(() => [failed]).api })).status, 1);
});

test("--print writes the plans as JSON by name and builds nothing", async () => {
  const { api, calls } = fakeBuild();
  const plan = async () => [{ name: "app" }] as never;
  const formatPlan = (one: { readonly name: string }) => ({ planned: one.name });
  const ran = await runFake([...base, "--print"], { api: { ...api, plan, formatPlan: formatPlan as never } });
  assert.deepEqual(JSON.parse(ran.stdout), { app: { planned: "app" } });
  assert.deepEqual(calls, []);
});

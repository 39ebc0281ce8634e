import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "../../src/index.js";
import { archiveFixtures } from "../frontends/dockerfile/cases/archive-fixtures.js";
import { startFileServer, type FileServer } from "../support/file-server.js";
import { createRepository, serveGit } from "../support/git-server.js";
import { createInProcess } from "../support/in-process.js";
import { brief, readImages } from "../support/lab.js";
import { ownOptions } from "../support/own-options.js";
import { scratchFolder } from "../support/scratch-folder.js";
import { tarOf } from "../support/tar-of.js";
import { lacking } from "../support/tools.js";
import { writeFiles } from "../support/write-files.js";

const noGit = lacking("git");
const path = { PATH: process.env["PATH"] ?? "" };
const flags = ["--platform", "linux/amd64", "--progress", "quiet", "-o", "type=oci,dest=out"];

const dockerfile = "FROM scratch\nCOPY . /all/\n";
const context = tarOf(
  { path: "Dockerfile", text: dockerfile, mode: 0o644, uid: 0, gid: 0 },
  { path: ".dockerignore", text: "a\n" },
  { path: "a", text: "a" },
  { path: "d", type: "directory", mode: 0o700 },
  { path: "d/link", type: "symlink", linkTarget: "/etc/passwd" },
  { path: "other/My.Dockerfile", text: "FROM scratch\nCOPY a d/link /x/\n" },
);
const listed = [
  "all directory 755 0:0",
  "all/.dockerignore file 640 5:5",
  "all/Dockerfile file 644 0:0",
  "all/a file 640 5:5",
  "all/d directory 700 5:5",
  "all/d/link symlink 777 5:5",
  "all/other directory 755 0:0",
  "all/other/My.Dockerfile file 640 5:5",
];

async function listedIn(folder: string, out = "out"): Promise<readonly (readonly string[])[]> {
  const [image = assert.fail("no image")] = await readImages(`oci:${folder}/${out}`, {
    images: [{ platform: { os: "linux", architecture: "amd64" } }],
  } as unknown as Parameters<typeof readImages>[1]);
  return image.layers.map(brief);
}

async function serve(t: TestContext, files: Readonly<Record<string, string | Buffer>>): Promise<FileServer> {
  const server = await startFileServer((request, response) => {
    const body = files[request.url!];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  t.after(() => server.close());
  return server;
}

for (const [name, bytes] of [
  ["a tar", context],
  ["a tar packed with gzip", gzipSync(context)],
] as const) {
  test(`${name} on standard input is the context: its files keep their owners, and nothing is ignored`, async (t) => {
    const { folder, run } = createInProcess(t);
    const { status, stderr } = await run(["build", "-", ...flags], { input: bytes });
    assert.equal(status, 0, stderr);
    assert.deepEqual(await listedIn(folder), [listed]);
  });

  test(`${name} at a URL is the context`, async (t) => {
    const server = await serve(t, { "/c": bytes });
    const { folder, gantry } = createInProcess(t);
    await gantry("build", `${server.url}/c`, ...flags);
    assert.deepEqual(await listedIn(folder), [listed]);
  });
}

test("-f names a Dockerfile in a tar, whose links do not lead out of it", async (t) => {
  const { run } = createInProcess(t);
  const args = ["build", "-", "-f", "other/My.Dockerfile", ...flags];
  const { status, stderr } = await run(args, { input: context });
  assert.match(stderr, /My\.Dockerfile, line 2: failed to calculate checksum: "\/d\/link": not found/);
  assert.equal(status, 2);
  const other = await run(["build", "-", "-f", "nothing", ...flags], { input: context });
  assert.match(
    other.stderr,
    /^gantry: there is no nothing in the context that was streamed: name the Dockerfile/,
  );
});

test("members that would leave the tar are refused", async (t) => {
  const { folder, run } = createInProcess(t);
  const evil = tarOf({ path: "../outside", text: "x" }, { path: "Dockerfile", text: dockerfile });
  const { status, stderr } = await run(["build", "-", ...flags], { input: evil });
  assert.match(stderr, /reading the context that was streamed: .*\.\./);
  assert.deepEqual([status, existsSync(join(folder, ".gantry", "outside"))], [1, false]);
});

test("a Dockerfile on standard input has no context, and one at a URL has itself", async (t) => {
  const text = "FROM scratch\nWORKDIR /w\nADD context /c\n";
  const server = await serve(t, { "/Dockerfile": text });
  const { folder, gantry, run } = createInProcess(t);
  writeFiles(folder, { context: "not this one" });
  const alone = await run(["build", "-", ...flags], { input: "FROM scratch\nWORKDIR /w\nLABEL a=b\n" });
  assert.equal(alone.status, 0, alone.stderr);
  assert.deepEqual(await listedIn(folder), [["w directory 755 0:0"]]);
  const { stderr } = await run(["build", "-", ...flags], { input: text });
  assert.match(
    stderr,
    /failed to calculate checksum: "\/context": not found in the context that was streamed/,
  );
  await gantry("build", `${server.url}/Dockerfile`, ...flags.slice(0, -1), "type=oci,dest=out2");
  assert.deepEqual(await listedIn(folder, "out2"), [["w directory 755 0:0"], ["c file 600 0:0"]]);
  const named = await run(["build", `${server.url}/Dockerfile`, "-f", "x", ...flags]);
  assert.match(
    named.stderr,
    /^gantry: ambiguous Dockerfile source: the context http\S+ is a Dockerfile, and -f names/,
  );
});

for (const name of ["bzip2", "xz", "zstd"] as const) {
  test(`a tar packed with ${name} that is streamed is the context`, async (t) => {
    const { system, cacheDir } = await ownOptions(t);
    const stream = async function* () {
      yield archiveFixtures[name];
    };
    const dockerfile = { text: "FROM scratch\nCOPY . /all/\n" };
    const outputs = [{ type: "oci", dest: join(system.cwd, "out") }] as const;
    await build({ dockerfile, platforms: ["linux/amd64"] }, { system, cacheDir, context: stream(), outputs });
    const [files = []] = await listedIn(system.cwd);
    assert.ok(files.length > 4, files.join("\n"));
  });
}

test("an empty standard input and damaged ones are refused", async (t) => {
  const { run } = createInProcess(t);
  const empty = await run(["build", "-", ...flags], { input: "" });
  assert.match(
    empty.stderr,
    /^gantry: the context that was streamed is empty: expected a tar or a Dockerfile$/m,
  );
  const packed = await run(["build", "-", ...flags], { input: Buffer.from("fd377a585a0000", "hex") });
  assert.match(packed.stderr, /^gantry: .*the context that was streamed: its xz .*cut short/m);
  assert.deepEqual([empty.status, packed.status], [2, 1]);
});

test("an abort ends the wait for a stream that stands still", async (t) => {
  const { system, cacheDir } = await ownOptions(t);
  const abort = new AbortController();
  const stream = async function* () {
    yield context.subarray(0, 512);
    setImmediate(() => abort.abort(new Error("enough")));
    await new Promise(() => undefined);
  };
  const options = { system, cacheDir, context: stream(), signal: abort.signal };
  await assert.rejects(build({ dockerfile: "Dockerfile" }, options), /enough/);
  assert.deepEqual(readdirSync(join(cacheDir, "store", "tmp")), []);
});

test("what is no URL is refused as such", async (t) => {
  const { run } = createInProcess(t);
  for (const url of ["http://", "https://a b/c", "https://me:%zz@host.invalid/c"]) {
    const { status, stderr } = await run(["build", url]);
    assert.match(stderr, /^gantry: \S.* is not a URL: expected https:\/\/HOST\/PATH/m, url);
    assert.equal(status, 2);
  }
});

test("-f - reads the Dockerfile from standard input, for a folder and for a context elsewhere", async (t) => {
  const server = await serve(t, { "/c.tar": context });
  const { folder, run } = createInProcess(t);
  writeFiles(folder, {
    a: "a",
    b: "b",
    ".dockerignore": "b\n.gantry\nout*\n",
    Dockerfile: "FROM nothing.invalid/x\n",
  });
  const input = "FROM scratch\nCOPY [ab] /x/\n";
  for (const [at, expected] of [
    [".", ["x directory 755 0:0", "x/a file 644 0:0"]],
    [`${server.url}/c.tar`, ["x directory 755 0:0", "x/a file 640 5:5"]],
  ] as const) {
    const { status, stderr } = await run(["build", at, "-f", "-", ...flags], { input });
    assert.equal(status, 0, stderr);
    assert.deepEqual(await listedIn(folder), [expected]);
  }
});

test("errors of a context elsewhere tell its URL without credentials", async (t) => {
  const server = await serve(t, {});
  const { run } = createInProcess(t);
  const url = server.url.replace("//", "//me:secret@");
  const { status, stderr } = await run(["build", `${url}/c.tar?sig=secret`, "--progress", "plain"]);
  assert.match(
    stderr,
    /^gantry: GET http:\/\/127\.0\.0\.1:\d+\/c\.tar\?sig=REDACTED answered 404; nothing is there/m,
  );
  assert.doesNotMatch(stderr, /secret/);
  assert.equal(status, 1);
});

const repository = [
  { files: { Dockerfile: "FROM scratch\nCOPY . /old/\n", a: "a" }, tag: "v1" },
  {
    files: {
      Dockerfile: dockerfile,
      ".dockerignore": "a\n",
      a: { text: "a", mode: 0o755 },
      up: { link: "../../../../../../../../etc/hostname" },
      "d/Dockerfile": "FROM scratch\nCOPY g up /d/\n",
      "d/g": "g",
      "d/up": { link: "../a" },
      "e/Dockerfile": { link: "../../../../../../../../../../../etc/hostname" },
    },
  },
] as const;

async function serveRepository(t: TestContext): Promise<string> {
  const root = await scratchFolder(t);
  createRepository(join(root, "it"), repository);
  const server = await startFileServer((request, response) => serveGit(root, request, response));
  t.after(() => server.close());
  return `${server.url}/it.git`;
}

test(
  "a repository is the context: a branch, a tag, a folder of it; nothing is ignored, .git is not there",
  { skip: noGit },
  async (t) => {
    const url = await serveRepository(t);
    const { folder, gantry, run } = createInProcess(t, path);
    await gantry("build", url, ...flags);
    assert.deepEqual(await listedIn(folder), [
      [
        "all directory 755 0:0",
        "all/.dockerignore file 644 0:0",
        "all/Dockerfile file 644 0:0",
        "all/a file 755 0:0",
        ...["all/d directory 755 0:0", "all/d/Dockerfile file 644 0:0", "all/d/g file 644 0:0"],
        ...["all/d/up symlink 777 0:0", "all/e directory 755 0:0", "all/e/Dockerfile symlink 777 0:0"],
        "all/up symlink 777 0:0",
      ],
    ]);
    await gantry("build", `${url}#v1`, ...flags);
    assert.deepEqual((await listedIn(folder))[0]![0], "old directory 755 0:0");
    const kept = await gantry(
      "build",
      `${url}#v1`,
      "--build-arg",
      "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1",
      "--print",
    );
    assert.match(kept, /"\/old\/\.git\/HEAD"/);
    const outside = await run(["build", `${url}#:d`, ...flags]);
    assert.match(outside.stderr, /Dockerfile, line 2: failed to calculate checksum: "\/up": not found/);
    const linked = await run(["build", `${url}#:e`, ...flags]);
    assert.match(
      linked.stderr,
      /^gantry: there is no Dockerfile in the folder e of http\S+#[0-9a-f]{40}: name the Dockerfile with -f/,
    );
    assert.deepEqual(readdirSync(join(folder, ".gantry", "tmp")), []);
  },
);

test("--print names a repository's files by its commit", { skip: noGit }, async (t) => {
  const url = await serveRepository(t);
  const { gantry } = createInProcess(t, path);
  const printed = await gantry("build", `${url}#v1`, "--print");
  assert.match(printed, /"source": "http:\/\/127\.0\.0\.1:\d+\/it\.git#[0-9a-f]{40}:a"/);
  assert.match(printed, /^\{\n {2}"it": /);
});

test(
  "--build-context may be a repository, for COPY --from and in the place of a stage",
  { skip: noGit },
  async (t) => {
    const url = await serveRepository(t);
    const { folder, gantry } = createInProcess(t, path);
    writeFiles(folder, {
      Dockerfile:
        "FROM x.invalid/y AS made\nRUN make\nFROM scratch\nCOPY --from=made g /g\nCOPY --from=lib a /a\n",
    });
    await gantry(
      "build",
      ".",
      "--build-context",
      `made=${url}#:d`,
      "--build-context",
      `lib=${url}`,
      ...flags,
    );
    assert.deepEqual(await listedIn(folder), [["g file 644 0:0"], ["a file 755 0:0"]]);
  },
);

test("the library takes a repository, a stream and a text", { skip: noGit }, async (t) => {
  const url = await serveRepository(t);
  const options = await ownOptions(t);
  const folder = options.system.cwd;
  const system = { ...options.system, env: { ...options.system.env, ...path } };
  writeFileSync(join(folder, "f"), "f");
  const stream = async function* () {
    yield context.subarray(0, 700);
    yield context.subarray(700);
  };
  for (const [given, request, first] of [
    [url, "Dockerfile", "all directory 755 0:0"],
    [stream(), "Dockerfile", "all directory 755 0:0"],
    [undefined, { text: "FROM scratch\nCOPY f /f\n" }, "f file 644 0:0"],
  ] as const) {
    await build(
      { name: "case", dockerfile: request, platforms: ["linux/amd64"] },
      { ...options, system, context: given, outputs: [{ type: "oci", dest: join(folder, "out") }] },
    );
    assert.equal((await listedIn(folder))[0]![0], first);
  }
  await assert.rejects(build({ base: "scratch" }, { ...options, context: url }), {
    code: "ERR_GANTRY_USAGE",
    message: /is not described by a Dockerfile, so that its context has to be a folder/,
  });
});

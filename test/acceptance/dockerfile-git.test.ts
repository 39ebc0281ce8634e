import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { build } from "../../src/index.js";
import { startFileServer, type FileServer } from "../support/file-server.js";
import {
  addSubmodule,
  commitAll,
  createRepository,
  serveGit,
  type CommitSpec,
} from "../support/git-server.js";
import { createInProcess } from "../support/in-process.js";
import { brief, readImages } from "../support/lab.js";
import { ownOptions } from "../support/own-options.js";
import { scratchFolder } from "../support/scratch-folder.js";
import { lacking } from "../support/tools.js";
import { writeFiles } from "../support/write-files.js";

const skip = lacking("git");
const path = { PATH: process.env["PATH"] ?? "" };

interface Served {
  readonly server: FileServer;
  /** The repository's URL. */
  readonly url: string;
  readonly commits: readonly string[];
}

async function serveRepository(
  t: TestContext,
  commits: readonly CommitSpec[],
  { isPrivate = false } = {},
): Promise<Served> {
  const root = await scratchFolder(t);
  const made = createRepository(join(root, "it"), commits);
  const server = await startFileServer((request, response) => {
    if (isPrivate && request.headers.authorization === undefined)
      response.writeHead(401, { "www-authenticate": 'Basic realm="it"' }).end();
    else serveGit(root, request, response);
  });
  t.after(() => server.close());
  return { server, url: `${server.url}/it.git`, commits: made };
}

const commits: readonly CommitSpec[] = [
  { files: { f: "first" }, tag: "v1" },
  { files: { f: "second", "d/g": "g" } },
];

async function layersIn(folder: string) {
  const [image = assert.fail("no image")] = await readImages(`oci:${folder}/out`, {
    images: [{ platform: { os: "linux", architecture: "amd64" } }],
  } as unknown as Parameters<typeof readImages>[1]);
  return image.layers;
}

const flags = ["--platform", "linux/amd64", "--progress", "quiet", "-o", "type=oci,dest=out"];

test("ADD of a repository is reproducible, and leaves no checkout behind", { skip }, async (t) => {
  const { url } = await serveRepository(t, commits);
  const { folder, gantry } = createInProcess(t, path);
  writeFiles(folder, { Dockerfile: `FROM scratch\nADD ${url} /src/\n` });
  const [first, second] = [await gantry("build", ".", ...flags), await gantry("build", ".", ...flags)];
  assert.equal(first, second);
  assert.deepEqual((await layersIn(folder)).map(brief), [
    ["src directory 755 0:0", "src/d directory 755 0:0", "src/d/g file 644 0:0", "src/f file 644 0:0"],
  ]);
  assert.deepEqual(readdirSync(join(folder, ".gantry", "tmp")), []);
});

test("--keep-git-dir keeps the repository, without a trace of how it was reached", { skip }, async (t) => {
  const { url, commits: made, server } = await serveRepository(t, commits, { isPrivate: true });
  const { folder, gantry } = createInProcess(t, path);
  const withUser = url.replace("//", "//me:secret@");
  writeFiles(folder, {
    Dockerfile: `FROM scratch\nADD --keep-git-dir ${withUser}#main /src\nADD ${withUser}?keep-git-dir=false /no\n`,
  });
  await gantry("build", ".", ...flags);
  const [kept = [], bare = []] = await layersIn(folder);
  const text = (path: string) => kept.find((member) => member.path === path)?.text;
  assert.equal(text("src/.git/HEAD"), `${made[1]}\n`);
  assert.equal(text("src/.git/refs/heads/main"), `${made[1]}\n`);
  assert.ok(text("src/.git/config")?.includes(`url = ${url}`));
  assert.ok(!kept.some(({ text: each = "" }) => each.includes("secret") || each.includes(folder)));
  assert.ok(!bare.some(({ path }) => path.includes(".git")));
  const expected = `Basic ${Buffer.from("me:secret").toString("base64")}`;
  assert.ok(server.asked.some(({ headers }) => headers.authorization === expected));
});

test("a repository's user and password do not go to where its server redirects", { skip }, async (t) => {
  const { url, server: other } = await serveRepository(t, commits);
  const server = await startFileServer(({ url: asked, headers }, response) => {
    const isKnown = headers.authorization !== undefined || asked?.startsWith("/free") === true;
    if (isKnown) response.writeHead(302, { location: url + asked!.replace(/^\/.*?\.git/, "") }).end();
    else response.writeHead(401, { "www-authenticate": 'Basic realm="it"' }).end();
  });
  t.after(() => server.close());
  const { folder, run } = createInProcess(t, path);
  const withUser = server.url.replace("//", "//me:secret@");
  for (const name of ["free", "private"]) {
    writeFiles(folder, { Dockerfile: `FROM scratch\nADD ${withUser}/${name}.git /src\n` });
    const { status, stderr } = await run(["build", ".", ...flags]);
    if (name === "free") assert.equal(status, 0, stderr);
  }
  assert.ok(server.asked.some(({ headers }) => headers.authorization !== undefined));
  assert.ok(other.asked.length > 1);
  assert.deepEqual(
    other.asked.filter(({ headers }) => headers.authorization !== undefined),
    [],
  );
});

test("the password of a URL that is not asked for by http is not given to git", { skip }, async (t) => {
  const { folder, run } = createInProcess(t, path);
  for (const protocol of ["git", "ssh"]) {
    writeFiles(folder, { Dockerfile: `FROM scratch\nADD ${protocol}://me:secret@127.0.0.1:1/it.git /x\n` });
    const { status, stderr } = await run(["build", ".", "--progress", "plain"]);
    assert.match(stderr, /fetching (?:git|ssh):\/\/me@127\.0\.0\.1:1\/it\.git failed/);
    assert.doesNotMatch(stderr, /secret/);
    assert.equal(status, 1);
  }
});

test("a repository that the cache lies in has no say", { skip }, async (t) => {
  const { url } = await serveRepository(t, commits);
  const { folder, gantry } = createInProcess(t, path);
  createRepository(folder, [{ files: {} }]);
  const config = readFileSync(join(folder, ".git", "config"), "utf8");
  writeFiles(folder, {
    ".git/config": `${config}[url "http://127.0.0.1:1/"]\n\tinsteadOf = ${new URL(url).origin}/\n`,
    Dockerfile: `FROM scratch\nADD ${url} /src\n`,
  });
  await gantry("build", ".", ...flags);
});

test("a name in a repository that is not UTF-8 is told where it is copied", { skip }, async (t) => {
  const root = await scratchFolder(t);
  createRepository(join(root, "it"), [{ files: { f: "f" } }]);
  writeFileSync(Buffer.from(join(root, "it", "caf\u00e9"), "latin1"), "x");
  commitAll(join(root, "it"));
  const server = await startFileServer((request, response) => serveGit(root, request, response));
  t.after(() => server.close());
  const { folder, run } = createInProcess(t, path);
  writeFiles(folder, { Dockerfile: `FROM scratch\nADD ${server.url}/it.git /x\n` });
  const { status, stderr } = await run(["build", ".", ...flags]);
  assert.match(stderr, /^gantry: Dockerfile, line 2: the name of \S+caf\\xE9 is not valid UTF-8/);
  assert.equal(status, 1);
});

test("a commit that is not the expected one is named beside it", { skip }, async (t) => {
  const { url, commits: made } = await serveRepository(t, commits);
  const { folder, gantry, run } = createInProcess(t, path);
  writeFiles(folder, { Dockerfile: `FROM scratch\nARG SUM\nADD --checksum=$SUM ${url}#main /src\n` });
  await gantry("build", ".", "--build-arg", `SUM=${made[1]!.slice(0, 12)}`, ...flags);
  const { status, stderr } = await run(["build", ".", "--build-arg", `SUM=${made[0]}`, ...flags]);
  assert.equal(
    stderr.split("\n")[0],
    `gantry: Dockerfile, line 3: expected checksum to match ${made[0]}, got ${made[1]} from ${url}`,
  );
  assert.equal(status, 1);
  for (const [sum, says] of [
    ["--upload-pack=x", /invalid checksum --upload-pack=x for Git URL, expected hex commit hash/],
    ["xyz", /invalid checksum xyz for Git URL/],
  ] as const)
    assert.match((await run(["build", ".", "--build-arg", `SUM=${sum}`, ...flags])).stderr, says);
});

for (const [source, says] of [
  ["#nothing", /fetching http\S+\/it\.git#nothing failed: repository does not contain ref nothing/],
  ["#:e", /invalid subdir "e": "e" is not there in the repository/],
  ["#:f", /invalid subdir "f": "f" is no folder in the repository/],
  ["#:link", /invalid subdir "link": "link" is no folder in the repository/],
  ["#--output=/tmp/x", /invalid git ref "--output=\/tmp\/x"/],
  ["?oops=1", /unexpected query "oops"/],
  ["?tag=a&branch=b", /branch conflicts with tag/],
  ["?ref=a&tag=b", /ref conflicts: "a" vs "refs\/tags\/b"/],
  ["?keep-git-dir=maybe", /invalid keep-git-dir value: "maybe"/],
  [`#${"0".repeat(40)}`, /fetching http\S+ failed: repository does not contain commit 0{40}/],
] as const) {
  test(`ADD of a repository fails on one line: ${source}`, { skip }, async (t) => {
    const { url } = await serveRepository(t, [{ files: { f: "f", link: { link: "/" } } }]);
    const { folder, run } = createInProcess(t, path);
    writeFiles(folder, { Dockerfile: `FROM scratch\nADD ${url}${source} /src\n` });
    const { status, stderr } = await run(["build", ".", ...flags]);
    assert.match(stderr.split("\n")[0]!, says);
    assert.notEqual(status, 0);
    assert.deepEqual(
      existsSync(join(folder, ".gantry", "tmp")) ? readdirSync(join(folder, ".gantry", "tmp")) : [],
      [],
    );
  });
}

test("flags that contradict the query are refused", { skip }, async (t) => {
  const { url } = await serveRepository(t, commits);
  const { folder, run } = createInProcess(t, path);
  for (const [line, says] of [
    [`ADD --keep-git-dir=false ${url}?keep-git-dir /x`, /inconsistent keep-git-dir configuration/],
    [`ADD --checksum=ab ${url}?checksum=cd /x`, /checksum mismatch "ab" != "cd"/],
  ] as const) {
    writeFiles(folder, { Dockerfile: `FROM scratch\n${line}\n` });
    assert.match((await run(["build", ".", ...flags])).stderr, says);
  }
});

test(
  "nothing of the user's git configuration, and no hook or submodule of a folder, has a say",
  { skip },
  async (t) => {
    const { url, server } = await serveRepository(t, [
      { files: { f: "f", ".gitattributes": "f filter=evil\n" } },
    ]);
    const { folder, gantry } = createInProcess(t, path);
    const evil = `[filter "evil"]\n\tsmudge = touch ${join(folder, "ran")}; cat\n[core]\n\tfsmonitor = touch ${join(folder, "ran")}\n`;
    writeFiles(folder, { ".gitconfig": evil, Dockerfile: `FROM scratch\nADD ${url} /src\n` });
    await gantry("build", ".", ...flags);
    assert.equal(existsSync(join(folder, "ran")), false);
    assert.ok(server.asked.length > 0);
  },
);

test(
  "submodules come along unless they are not wanted; one that is a folder of this machine is refused",
  { skip },
  async (t) => {
    const root = await scratchFolder(t);
    createRepository(join(root, "part"), [{ files: { p: "p" } }]);
    const server = await startFileServer((request, response) => serveGit(root, request, response));
    t.after(() => server.close());
    createRepository(join(root, "it"), [{ files: { f: "f" } }]);
    addSubmodule(join(root, "it"), { path: "sub", from: join(root, "part"), url: `${server.url}/part.git` });
    createRepository(join(root, "bad"), [{ files: { f: "f" } }]);
    addSubmodule(join(root, "bad"), { path: "sub", from: join(root, "part"), url: join(root, "part") });
    const { folder, gantry, run } = createInProcess(t, path);
    writeFiles(folder, {
      Dockerfile: `FROM scratch\nADD ${server.url}/it.git /a/\nADD ${server.url}/it.git?submodules=0 /b/\n`,
    });
    await gantry("build", ".", ...flags);
    const paths = (await layersIn(folder)).map((layer) => layer.map(({ path }) => path));
    assert.deepEqual(paths, [
      ["a", "a/.gitmodules", "a/f", "a/sub", "a/sub/p"],
      ["b", "b/.gitmodules", "b/f", "b/sub"],
    ]);
    writeFiles(folder, { Dockerfile: `FROM scratch\nADD ${server.url}/bad.git /a/\n` });
    const { status, stderr } = await run(["build", ".", ...flags]);
    assert.match(stderr, /fetching http\S+ failed: .*transport 'file' not allowed/);
    assert.equal(status, 1);
  },
);

test("an abort ends git, and nothing of the checkout is left", { skip }, async (t) => {
  const abort = new AbortController();
  const server = await startFileServer(() => abort.abort(new Error("enough")));
  t.after(() => server.close());
  const options = await ownOptions(t);
  const system = { ...options.system, env: { ...options.system.env, ...path } };
  const dockerfile = { text: `FROM scratch\nADD ${server.url}/it.git /x\n` };
  await assert.rejects(build({ dockerfile }, { ...options, system, signal: abort.signal }), /enough/);
  assert.deepEqual(readdirSync(join(options.cacheDir, "tmp")), []);
});

test("a repository without git fails with what to install", async (t) => {
  const { folder, run } = createInProcess(t, path);
  writeFiles(folder, { Dockerfile: "FROM scratch\nADD git@host.invalid:me/it.git /x\n" });
  const { status, stderr } = await run(["build", ".", "--progress", "quiet"], { env: { PATH: folder } });
  assert.match(stderr, /^gantry: Dockerfile, line 2: git is not on the PATH, .*: install git, or clone/);
  assert.equal(status, 1);
});

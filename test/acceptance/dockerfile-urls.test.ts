import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { build, type GantryError } from "../../src/index.js";
import { startFileServer, type FileServer } from "../support/file-server.js";
import { createInProcess } from "../support/in-process.js";
import { createLab } from "../support/lab.js";
import { ownOptions } from "../support/own-options.js";
import { tarOf } from "../support/tar-of.js";
import { writeFiles } from "../support/write-files.js";

type Answer = Parameters<typeof startFileServer>[0];

async function serve(t: TestContext, answer: Answer): Promise<FileServer> {
  const server = await startFileServer(answer);
  t.after(() => server.close());
  return server;
}

const digest = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** The library's build of one Dockerfile in an empty folder; pauses between attempts take no time. */
async function builder(t: TestContext) {
  const options = await ownOptions(t);
  const system = { ...options.system, random: () => 0 };
  return (text: string, more: { noCache?: boolean; signal?: AbortSignal } = {}) =>
    build(
      { name: "case", dockerfile: { text }, platforms: ["linux/amd64"] },
      { ...options, system, outputs: [{ type: "oci", dest: join(system.cwd, "out") }], ...more },
    );
}

test("ADD of a URL: an unchanged build downloads nothing, a changed file is seen", async (t) => {
  const files = { text: "one", etag: '"1"' };
  const server = await serve(t, (request, response) => {
    response.setHeader("etag", files.etag);
    if (request.headers["if-none-match"] === files.etag) response.writeHead(304).end();
    else response.end(files.text);
  });
  const run = await builder(t);
  const dockerfile = `FROM scratch\nADD ${server.url}/f /f\n`;
  const [first, second] = [await run(dockerfile), await run(dockerfile)];
  assert.equal(first[0]!.digest, second[0]!.digest);
  assert.deepEqual(
    server.asked.map(({ headers }) => headers["if-none-match"]),
    [undefined, '"1"'],
  );
  Object.assign(files, { text: "two", etag: '"2"' });
  const [third] = await run(dockerfile);
  assert.notEqual(third!.digest, first[0]!.digest);
  assert.equal(server.asked.length, 3);
});

test("ADD of a URL asks by Last-Modified where there is no ETag, and anew where there is neither", async (t) => {
  const date = "Mon, 01 Jan 2024 00:00:00 GMT";
  const server = await serve(t, (request, response) => {
    if (request.url === "/dated") response.setHeader("last-modified", date);
    if (request.headers["if-modified-since"] === date) response.writeHead(304).end();
    else response.end("f");
  });
  const run = await builder(t);
  for (const _ of [1, 2]) await run(`FROM scratch\nADD ${server.url}/dated ${server.url}/plain /d/\n`);
  assert.deepEqual(
    server.asked.map(({ path, headers }) => `${path} ${headers["if-modified-since"] ?? "all"}`).toSorted(),
    ["/dated " + date, "/dated all", "/plain all", "/plain all"],
  );
});

test("a file of a URL that was redirected to another server is not downloaded again", async (t) => {
  const other = await serve(t, (request, response) => {
    response.setHeader("etag", '"1"');
    if (request.headers["if-none-match"] === '"1"') response.writeHead(304).end();
    else response.end("file");
  });
  const server = await serve(t, (_, response, count) => {
    response.writeHead(302, { location: `${other.url}/f?signature=${count}` }).end();
  });
  const run = await builder(t);
  for (const _ of [1, 2]) await run(`FROM scratch\nADD ${server.url}/f /f\n`);
  assert.deepEqual(
    other.asked.map(({ headers }) => headers["if-none-match"]),
    [undefined, '"1"'],
  );
});

for (const [where, at] of [
  ["a redirect that leads to an older file", ["/old", "/new"]],
  ["a file that an older one took the place of", ["/f", "/f"]],
] as const) {
  test(`${where} is downloaded, though it was not modified since`, async (t) => {
    const state = { isOld: false };
    const server = await serve(t, ({ url, headers }, response) => {
      const place = at[state.isOld ? 0 : 1];
      if (url !== place) return void response.writeHead(302, { location: place }).end();
      response.setHeader("last-modified", `Mon, 0${state.isOld ? 1 : 2} Jan 2024 00:00:00 GMT`);
      if (headers["if-modified-since"] !== undefined) response.writeHead(304).end();
      else response.end(state.isOld ? "an old one" : "new");
    });
    const run = await builder(t);
    const size = async () => {
      const [result] = await run(`FROM scratch\nADD ${server.url}/f /f\n`);
      return result!.plan.images[0]!.layers[0]!.entries.map((entry) => entry.size);
    };
    assert.deepEqual(await size(), [3]);
    state.isOld = true;
    assert.deepEqual(await size(), [10]);
  });
}

test("a file that changed in the second in which it came is downloaded again", async (t) => {
  const server = await serve(t, (_, response) => {
    response.setHeader("last-modified", new Date().toUTCString()).end("file");
  });
  const run = await builder(t);
  for (const _ of [1, 2]) await run(`FROM scratch\nADD ${server.url}/f /f\n`);
  assert.deepEqual(
    server.asked.map(({ headers }) => headers["if-modified-since"]),
    [undefined, undefined],
  );
});

test("a URL's user and password go along where its own server is named whole by a redirect", async (t) => {
  const server = await serve(t, ({ url, headers }, response) => {
    if (url === "/f") response.writeHead(302, { location: `http://${headers.host}/g` });
    response.end("file");
  });
  const run = await builder(t);
  await run(`FROM scratch\nADD ${server.url.replace("//", "//me:secret@")}/f /f\n`);
  const expected = `Basic ${Buffer.from("me:secret").toString("base64")}`;
  assert.deepEqual(
    server.asked.map(({ path, headers }) => [path, headers.authorization]),
    [
      ["/f", expected],
      ["/g", expected],
    ],
  );
});

test("ADD --checksum: what is in the cache is not asked for, unless it is damaged there", async (t) => {
  const server = await serve(t, (_, response) => void response.end("file"));
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, { Dockerfile: `FROM scratch\nARG SUM\nADD --checksum=$SUM ${server.url}/f /f\n` });
  const flags = ["build", "--build-arg", `SUM=${digest("file")}`];
  const [first, second] = [await gantry(...flags), await gantry(...flags)];
  assert.equal(first, second);
  assert.equal(server.asked.length, 1);
  const blob = join(folder, ".gantry", "store", "blobs", "sha256", digest("file").slice(7));
  writeFileSync(blob.replace(/$/, ""), "elif", { flag: "r+" });
  assert.equal(await gantry(...flags), first);
  assert.deepEqual([server.asked.length, readFileSync(blob, "utf8")], [2, "file"]);
});

test("ADD --checksum of another file names both digests, and nothing of it is kept", async (t) => {
  const server = await serve(t, (_, response) => void response.end("other"));
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { Dockerfile: `FROM scratch\nADD --checksum=${digest("file")} ${server.url}/f /f\n` });
  const { status, stderr } = await run(["build", "--progress", "quiet"]);
  assert.equal(
    stderr.split("\n")[0],
    `gantry: Dockerfile, line 2: digest mismatch for ${server.url}/f: ${digest("other")} (expected: ${digest("file")}); ` +
      "if the file was meant to change, write its new checksum",
  );
  assert.equal(status, 1);
  assert.deepEqual(readdirSync(join(folder, ".gantry", "store")), ["tmp"]);
  assert.deepEqual(readdirSync(join(folder, ".gantry", "store", "tmp")), []);
});

test("a checksum that is none is refused before anything is asked", async (t) => {
  const server = await serve(t, (_, response) => void response.end("other"));
  const run = await builder(t);
  await assert.rejects(run(`FROM scratch\nADD --checksum=sha256:12 ${server.url}/f /f\n`), {
    code: "ERR_GANTRY_DOCKERFILE_INVALID",
    message: /invalid checksum digest format: "sha256:12"/,
  });
  assert.equal(server.asked.length, 0);
});

for (const [name, fault] of [
  ["ends before its length", (response) => response.setHeader("content-length", 100).write("short")],
  ["answers 503", (response) => response.writeHead(503).end()],
  ["hangs up", () => undefined],
] as const satisfies readonly (readonly [string, (response: Parameters<Answer>[1]) => unknown])[]) {
  test(`ADD of a URL whose server ${name} is tried again`, async (t) => {
    const server = await serve(t, (_, response, count) => {
      if (count > 2) return void response.end("whole");
      fault(response);
      if (!response.writableEnded) setImmediate(() => response.destroy());
    });
    const run = await builder(t);
    const [result] = await run(`FROM scratch\nADD ${server.url}/f /f\n`);
    assert.deepEqual(
      result!.plan.images[0]!.layers[0]!.entries.map(({ size }) => size),
      ["whole".length],
    );
    assert.equal(server.asked.length, 3);
  });
}

test("a download that stays broken fails with the URL and how often it was tried, and keeps nothing", async (t) => {
  const server = await serve(t, (_, response) => {
    response.setHeader("content-length", 100).write("short");
    setImmediate(() => response.destroy());
  });
  const run = await builder(t);
  const failure = await run(`FROM scratch\nADD ${server.url}/f?token=hidden /f\n`).then(
    () => assert.fail("it came"),
    (error: GantryError) => error,
  );
  assert.equal(failure.code, "ERR_GANTRY_NETWORK");
  assert.match(failure.message, /GET http:\/\/127\.0\.0\.1:\d+\/f\?token=REDACTED: .* \(after 5 attempts\)/);
  assert.equal(server.asked.length, 5);
});

for (const [status, says] of [
  [404, /answered 404; nothing is there: check the address/],
  [403, /answered 403; it is not for everyone/],
  [418, /answered 418; try again later, or download it before/],
] as const) {
  test(`ADD of a URL that answers ${status} says so without the URL's credentials`, async (t) => {
    const server = await serve(t, (_, response) => void response.writeHead(status).end("no"));
    const { folder, run } = createInProcess(t);
    const url = server.url.replace("//", "//me:secret@");
    writeFiles(folder, { Dockerfile: `FROM scratch\nADD ${url}/f /f\n` });
    const ran = await run(["build", "--progress", "plain", "--debug"]);
    assert.match(ran.stderr, says);
    assert.ok(ran.stderr.includes(`GET ${server.url}/f answered`));
    assert.doesNotMatch(ran.stderr, /secret/);
    assert.equal(ran.status, 1);
  });
}

test("a download that is redirected for ever, or into a cloud's own network, is refused", async (t) => {
  const server = await serve(t, ({ url }, response) => {
    const location = url === "/loop" ? "/loop" : "http://169.254.169.254/latest";
    response.writeHead(302, { location }).end();
  });
  const run = await builder(t);
  await assert.rejects(run(`FROM scratch\nADD ${server.url}/loop /f\n`), {
    code: "ERR_GANTRY_DOWNLOAD",
    message: /was redirected more than 10 times/,
  });
  await assert.rejects(run(`FROM scratch\nADD ${server.url}/inside /f\n`), {
    code: "ERR_GANTRY_NETWORK",
    message: /refused to connect to 169\.254\.169\.254, which the server pointed to/,
  });
});

test("a URL's user and password go to its own server alone, and not into the image", async (t) => {
  const other = await serve(t, (_, response) => void response.end("file"));
  const server = await serve(
    t,
    (_, response) => void response.writeHead(302, { location: `${other.url}/f` }).end(),
  );
  const { folder, gantry } = createInProcess(t);
  const url = server.url.replace("//", "//me:secret@");
  writeFiles(folder, { Dockerfile: `FROM scratch\nADD ${url}/g /f\n` });
  await gantry("build", "-o", "type=oci,dest=out");
  const expected = `Basic ${Buffer.from("me:secret").toString("base64")}`;
  assert.deepEqual(
    [server, other].map(({ asked }) => asked[0]!.headers.authorization),
    [expected, undefined],
  );
  const blobs = join(folder, "out", "blobs", "sha256");
  const texts = readdirSync(blobs).map((name) => readFileSync(join(blobs, name), "latin1"));
  assert.ok(texts.some((text) => text.includes(`ADD http://xxxxx@${server.host}/g /f # buildkit`)));
  assert.ok(!texts.some((text) => text.includes("secret")));
});

test("a file that its server packed for the way is unpacked", async (t) => {
  const server = await serve(t, (_, response) => {
    response.setHeader("content-encoding", "gzip").end(gzipSync("the file"));
  });
  const { build: run } = await createLab(t);
  const request = { dockerfile: { text: `FROM scratch\nADD ${server.url}/f /f\n` } };
  const { images } = await run(request as Parameters<typeof run>[0]);
  assert.equal(images[0]!.layers[0]![0]!.text, "the file");
});

test("--print lists a download with its URL and digest", async (t) => {
  const server = await serve(t, (_, response) => void response.end("file"));
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, { Dockerfile: `FROM scratch\nADD ${server.url}/f?key=1 /f\n` });
  const printed = JSON.parse(await gantry("build", "--print", "-t", "x")) as {
    x: { images: { layers: { entries: { source: string }[] }[] }[] };
  };
  assert.equal(
    printed.x.images[0]!.layers[0]!.entries[0]!.source,
    `${server.url}/f?key=REDACTED ${digest("file")}`,
  );
});

test("a file is downloaded once for all platforms", async (t) => {
  const server = await serve(t, (_, response) => void response.end("file"));
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, { Dockerfile: `FROM scratch\nADD ${server.url}/f /$TARGETARCH\n` });
  await gantry("build", "--platform", "linux/amd64,linux/arm64");
  assert.equal(server.asked.length, 1);
});

test("an abort ends a download, and nothing of it is left", async (t) => {
  const abort = new AbortController();
  const server = await serve(t, (_, response) => {
    response.write("begun");
    abort.abort(new Error("enough"));
  });
  const run = await builder(t);
  await assert.rejects(run(`FROM scratch\nADD ${server.url}/f /f\n`, { signal: abort.signal }), /enough/);
});

test("a damaged archive of a URL is told by the URL, and nothing is written", async (t) => {
  const server = await serve(
    t,
    (_, response) => void response.end(gzipSync(tarOf({ path: "a" })).subarray(0, -9)),
  );
  const run = await builder(t);
  await assert.rejects(run(`FROM scratch\nADD --unpack=true ${server.url}/f.tar /f\n`), {
    message: /line 2: archive http.*\/f\.tar/,
  });
});

test("the plan names the archive that a URL brought, and each of its files", async (t) => {
  const archive = tarOf({ path: "d/f", text: "f" });
  const server = await serve(t, (_, response) => void response.end(archive));
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, { Dockerfile: `FROM scratch\nADD --unpack=true ${server.url}/f.tar /x/\n` });
  const plan = await gantry("build", "--print");
  assert.ok(plan.includes(`"source": "${server.url}/f.tar:d/f"`), plan);
});

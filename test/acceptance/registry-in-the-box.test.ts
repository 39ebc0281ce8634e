import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import { build } from "../../src/index.js";
import { createRegistry } from "../../src/registry.js";
import { createSandbox } from "../support/cli.js";
import { ownOptions } from "../support/own-options.js";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

/** `gantry registry serve` with more flags, until the signal. */
async function serve(t: TestContext, cwd: string, ...flags: readonly string[]) {
  const child = spawn(process.execPath, [main, "registry", "serve", ...flags], { cwd });
  t.after(() => child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  const closed = once(child, "close");
  const [host] = (await once(createInterface(child.stdout), "line")) as [string];
  return {
    host,
    async stop() {
      child.kill("SIGTERM");
      return { status: (await closed)[0] as number, stderr };
    },
  };
}

test("gantry registry serve --dir keeps everything for the next time, --log writes a line for each request", async (t) => {
  const { folder, gantry, run } = createSandbox(t);
  writeFileSync(join(folder, "hello"), "hello\n");
  const first = await serve(t, folder, "--dir", "registry", "--log");
  const args = ["build", "--base", "scratch", "--add", "hello:/hello"];
  const pushed = await gantry(...args, "-t", `${first.host}/app:1`, "--push");
  const { status, stderr } = await first.stop();
  assert.equal(status, 0);
  assert.match(
    stderr,
    /^Serving registry; push with -t 127\.0\.0\.1:\d+\/NAME:TAG --push, stop with ctrl-C$/m,
  );
  assert.match(stderr, /^201 PUT \/v2\/app\/manifests\/1 {2}in \d+ B, out 0 B$/m);
  assert.ok(existsSync(join(folder, "registry")));

  const second = await serve(t, folder, "--dir", "registry", "--addr", "127.0.0.1:0");
  const digest = pushed.trim().split("@")[1]!;
  assert.equal(await gantry("copy", `${second.host}/app:1`, "oci:out"), `${digest}\n`);
  const taken = await run(["registry", "serve", "--addr", second.host]);
  assert.equal(taken.status, 1);
  assert.match(
    taken.stderr,
    /^gantry: 127\.0\.0\.1:\d+ is in use: choose another port, or 0 for a free one$/m,
  );
  await second.stop();
  const wrong = await run(["registry", "serve", "--addr", "5000"]);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /^gantry: --addr 5000: expected HOST:PORT, as in 127\.0\.0\.1:5000$/m);
});

test("gantry/registry serves a user's tests: push in three ways, mount, HEAD, tags, referrers, pull and delete", async (t) => {
  const log: string[] = [];
  const registry = await createRegistry({
    onRequest: ({ method, status }) => void log.push(`${method} ${status}`),
  });
  t.after(() => registry.close());
  const own = await ownOptions(t);
  const tags = [`${registry.host}/app:1`, `${registry.host}/app:2`];
  const files = { "/hello": { content: "hello\n" } };
  const [result] = await build({ name: "app", tags, files }, { ...own, outputs: [{ type: "registry" }] });
  const at = (path: string) => `${registry.url}/v2/${path}`;
  const ask = (path: string, init?: RequestInit) => fetch(at(path), init);

  const blob = Buffer.from("a blob of a test");
  const digest = `sha256:${createHash("sha256").update(blob).digest("hex")}`;
  const whole = await ask(`mine/blobs/uploads/?digest=${digest}`, { method: "POST", body: blob });
  assert.equal(whole.status, 201);
  const session = async () => {
    const { headers } = await ask("chunked/blobs/uploads/", { method: "POST" });
    return new URL(headers.get("location")!, registry.url);
  };
  const streamed = await session();
  streamed.searchParams.set("digest", digest);
  const body = new Blob([blob]).stream();
  const stream = await fetch(streamed, { method: "PUT", body, duplex: "half" } as RequestInit);
  assert.equal(stream.status, 201);
  const chunked = await session();
  const patch = await fetch(chunked, {
    method: "PATCH",
    body: blob.subarray(0, 5),
    headers: { "content-range": "0-4" },
  });
  const next = new URL(patch.headers.get("location")!, registry.url);
  next.searchParams.set("digest", digest);
  assert.equal((await fetch(next, { method: "PUT", body: blob.subarray(5) })).status, 201);

  const mount = await ask(`other/blobs/uploads/?mount=${digest}&from=mine`, { method: "POST" });
  assert.equal(mount.status, 201);
  const head = await ask(`other/blobs/${digest}`, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-length")], [200, String(blob.length)]);
  assert.equal(await (await ask(`other/blobs/${digest}`)).text(), "a blob of a test");
  assert.deepEqual(await (await ask("app/tags/list")).json(), { name: "app", tags: ["1", "2"] });

  const { mediaType, size } = result!.descriptor;
  const subject = { mediaType, digest: result!.digest, size };
  const empty = { mediaType: "application/vnd.oci.empty.v1+json", digest, size: blob.length };
  const referrer = {
    schemaVersion: 2,
    artifactType: "application/x-note",
    config: empty,
    layers: [],
    subject,
  };
  const manifest = JSON.stringify({ ...referrer, mediaType: "application/vnd.oci.image.manifest.v1+json" });
  const headers = { "content-type": "application/vnd.oci.image.manifest.v1+json" };
  await ask(`app/blobs/uploads/?mount=${digest}&from=mine`, { method: "POST" });
  assert.equal((await ask("app/manifests/note", { method: "PUT", body: manifest, headers })).status, 201);
  const referrers = (await (await ask(`app/referrers/${result!.digest}`)).json()) as {
    manifests: { artifactType: string }[];
  };
  assert.deepEqual(
    referrers.manifests.map(({ artifactType }) => artifactType),
    ["application/x-note"],
  );

  assert.equal((await ask("app/manifests/2", { method: "DELETE" })).status, 202);
  assert.equal((await ask("app/manifests/2")).status, 404);
  assert.equal((await ask(`app/manifests/${result!.digest}`)).status, 200);
  assert.equal(log.at(-1), "GET 200");
});

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openBlobStore } from "../../src/blobs/store.js";
import type { RegistryServer } from "../../src/registry.js";
import { nodeSystem } from "../../src/system.js";
import { beginUpload, makeFolder, pushBlob, sha256, someBytes, startRegistry } from "./support.js";

interface Doomed extends RegistryServer {
  readonly child: ChildProcess;
}

/** A registry in a process of its own, which kills itself before or after its call number `at` of `rename`. */
async function startDoomed(t: TestContext, dir: string, at = 0, moment = "before"): Promise<Doomed> {
  const module = new URL("../../src/registry.js", import.meta.url).href;
  const script = `
    import { createRequire, syncBuiltinESMExports } from "node:module";
    const fs = createRequire(${JSON.stringify(import.meta.url)})("node:fs/promises");
    const { rename } = fs;
    const die = (is) => is && process.kill(process.pid, "SIGKILL");
    let calls = 0;
    fs.rename = async (...paths) => {
      const mine = ++calls === ${at};
      die(mine && "${moment}" === "before");
      await rename(...paths);
      die(mine);
    };
    syncBuiltinESMExports();
    const { createRegistry } = await import(${JSON.stringify(module)});
    console.log((await createRegistry({ dir: ${JSON.stringify(dir)} })).port);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const port = Number(String((await once(child.stdout, "data"))[0]));
  return { url: `http://127.0.0.1:${port}`, host: "", port, close: async () => undefined, child };
}

/** Started again in the folder: the session is gone, every blob is what its name says, and a push succeeds. */
async function assertRecovers(
  t: TestContext,
  {
    dir,
    session,
    bytes,
  }: { readonly dir: string; readonly session: string; readonly bytes: Buffer<ArrayBuffer> },
): Promise<void> {
  const system = { ...nodeSystem(), now: () => Date.now() + 25 * 60 * 60 * 1000 };
  const server = await startRegistry(t, { dir, system });
  assert.equal((await fetch(server.url + new URL(session).pathname)).status, 404);
  const store = openBlobStore(dir, { token: () => "unused" });
  for await (const { digest } of store.list()) assert.ok(await store.verify(digest));
  assert.deepEqual(readdirSync(join(dir, "tmp")), [], "what it was receiving is gone a day later");
  const url = `${server.url}/v2/app/blobs/${sha256(bytes)}`;
  const found = await fetch(url);
  if (found.status === 200) assert.deepEqual(Buffer.from(await found.arrayBuffer()), bytes);
  else assert.equal(found.status, 404);
  await pushBlob(server, "app", bytes);
  assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), bytes);
}

for (const [what, midway] of [
  ["between two chunks of an upload", false],
  ["in the middle of a PATCH", true],
] as const) {
  test(`H113 a registry killed ${what} starts again, without the session and with a sound store`, async (t) => {
    const dir = await makeFolder(t);
    const server = await startDoomed(t, dir);
    await pushBlob(server, "app", someBytes(100));
    const session = await beginUpload(server, "app");
    const bytes = someBytes(100_000);
    if (midway) {
      const patch = request(session, { method: "PATCH", headers: { "Content-Length": "100000" } });
      patch.on("error", () => undefined);
      patch.write(bytes.subarray(0, 60_000));
      while ((await fetch(session)).headers.get("range") !== "0-59999");
    } else await fetch(session, { method: "PATCH", body: bytes.subarray(0, 60_000) });
    server.child.kill("SIGKILL");
    await once(server.child, "exit");
    await assertRecovers(t, { dir, session, bytes });
  });
}

// The first push makes the folders: three calls. The second moves the blob to its name, then writes its repository's link.
for (const [what, at, moment] of [
  ["before a blob has its name", 4, "before"],
  ["between a blob's name and its repository's link", 4, "after"],
  ["while the link is written", 5, "before"],
  ["before it answers a commit", 5, "after"],
] as const) {
  test(`H113 a registry killed ${what} starts again with a sound store, and the push succeeds`, async (t) => {
    const dir = await makeFolder(t);
    const server = await startDoomed(t, dir, at, moment);
    await pushBlob(server, "app", someBytes(100));
    const session = await beginUpload(server, "app");
    const bytes = someBytes(5000);
    await assert.rejects(fetch(`${session}?digest=${sha256(bytes)}`, { method: "PUT", body: bytes }));
    if (server.child.signalCode === null) await once(server.child, "exit");
    assert.equal(server.child.signalCode, "SIGKILL");
    await assertRecovers(t, { dir, session, bytes });
  });
}

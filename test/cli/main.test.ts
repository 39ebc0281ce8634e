import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createSandbox } from "../support/cli.js";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

test("--version prints the package's version", async (t) => {
  const { gantry } = createSandbox(t);
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  assert.equal(await gantry("--version"), `gantry ${version}\n`);
  assert.equal(await gantry("-V"), `gantry ${version}\n`);
});

test("--version loads its own file and no other module of gantry or of a package", async () => {
  const loaded = await modulesOf(["--version"]);
  assert.deepEqual(
    loaded.filter((url) => url.startsWith("file:")),
    [`file://${main}`],
  );
  assert.deepEqual(
    loaded.filter((url) => url.startsWith("node:") && url !== "node:fs" && url !== "node:module"),
    [],
  );
});

test("a usage error ends the process with 2 and a line on stderr", async (t) => {
  const { run } = createSandbox(t);
  const { status, stdout, stderr } = await run(["build", "--platfrom", "x"]);
  assert.equal(
    stderr,
    'gantry: unknown option \'--platfrom\' (did you mean "--platform"?)\nSee "gantry build --help".\n',
  );
  assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
});

test("a build lands in the local store, and images, inspect and cache tell of it", async (t) => {
  const { folder, run, gantry } = createSandbox(t);
  mkdirSync(join(folder, "site"));
  writeFileSync(join(folder, "site/index.html"), "<h1>hello</h1>\n");
  const args =
    "build --base scratch --add ./site:/site --env A=1 --platform linux/arm64 -t localhost:5000/site:1";
  const { status, stdout, stderr } = await run(args.split(" "));
  assert.equal(status, 0, stderr);
  const digest = /^site@(sha256:[0-9a-f]{64})\n$/.exec(stdout)![1]!;
  assert.match(stderr, /site is in the local store; push it with: gantry push localhost:5000\/site:1\n$/);
  assert.match(
    await gantry("images", "ls"),
    new RegExp(`^localhost:5000/site:1 +${digest} .* linux/arm64$`, "m"),
  );
  assert.match(
    await gantry("inspect", "store:localhost:5000/site:1"),
    /^image linux\/arm64 {2}sha256:.*1 layer/m,
  );
  assert.match(await gantry("cache", "ls"), new RegExp(`^${digest} +\\d+ B$`, "m"));
  await gantry("cache", "verify");
  assert.equal(await gantry("images", "rm", "localhost:5000/site:1"), `localhost:5000/site:1@${digest}\n`);
});

test("a registry is served until SIGINT, and what is pushed to it can be copied out of it", async (t) => {
  const { folder, gantry } = createSandbox(t);
  writeFileSync(join(folder, "a"), "a");
  const server = spawn(process.execPath, [main, "registry", "serve"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(server, "exit");
  t.after(() => server.kill("SIGKILL"));
  const [first] = (await once(server.stdout, "data")) as [Buffer];
  const host = first.toString().trim();
  assert.match(host, /^127\.0\.0\.1:\d+$/);
  const pushed = await gantry("build", "--base", "scratch", "--add", "a:/a", "-t", `${host}/a:1`, "--push");
  const digest = pushed.trim().split("@")[1]!;
  assert.equal(pushed, `${host}/a@${digest}\n`);
  assert.equal(await gantry("copy", `${host}/a:1`, "oci:out"), `${digest}\n`);
  server.kill("SIGINT");
  assert.deepEqual(await ended, [0, null]);
});

test("an interrupt stops a build that waits for a registry: status 130, one word, nothing stored", async (t) => {
  const { folder, gantry } = createSandbox(t);
  const silent = createServer();
  const sockets = new Set<Socket>();
  t.after(() => {
    silent.close();
    for (const socket of sockets) socket.destroy();
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const args = [main, "build", "--base", `127.0.0.1:${port}/base:1`, "-t", "a:1"];
  const env = { PATH: process.env.PATH, HOME: folder, GANTRY_CACHE_DIR: join(folder, ".gantry") };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  silent.on("connection", (socket) => {
    sockets.add(socket.on("error", () => undefined));
    child.kill("SIGINT");
  });
  assert.deepEqual(await once(child, "close"), [130, null]);
  assert.match(stderr, /^gantry: interrupted$/m);
  assert.equal(await gantry("images", "ls"), "");
});

test("a reader that goes away early is no failure", async (t) => {
  const { folder } = createSandbox(t);
  const child = spawn(process.execPath, [main, "build", "--help"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  const [status] = (await once(child, "close")) as [number];
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
});

/** URLs of the modules that a run resolved, as Node's loader saw them. */
async function modulesOf(args: readonly string[]): Promise<readonly string[]> {
  const hook = `
    import { writeSync } from "node:fs";
    export async function resolve(name, context, next) {
      const found = await next(name, context);
      writeSync(2, "loaded " + found.url + "\\n");
      return found;
    }`;
  const register = `import { register } from "node:module"; register(${JSON.stringify(dataUrl(hook))});`;
  const child = spawn(process.execPath, ["--no-warnings", "--import", dataUrl(register), main, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  await once(child, "close");
  return [...stderr.matchAll(/^loaded (\S+)$/gm)].map((match) => match[1]!);
}

function dataUrl(script: string): string {
  return `data:text/javascript,${encodeURIComponent(script)}`;
}

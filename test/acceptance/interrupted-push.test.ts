import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { startFront, type Fault, type Seen } from "../support/fault-registry.js";
import { createSandbox, type Sandbox } from "../support/cli.js";
import { createGate } from "../support/gate.js";
import { startLogged, type LoggedRegistry } from "../support/logged-registry.js";
import { randomBytes } from "../support/random-image.js";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const skip = process.platform === "win32" && "there are no signals";

interface Phase {
  readonly name: string;
  /** The request during which the interrupt comes; it gets no answer. */
  readonly at: (request: Pick<Seen, "method" | "path">) => boolean;
}

const phases: readonly Phase[] = [
  {
    name: "a session is opened",
    at: ({ method, path }) => method === "POST" && path.includes("/blobs/uploads/"),
  },
  {
    name: "a blob is on its way",
    at: ({ method, path }) => method === "PUT" && path.includes("/blobs/uploads/"),
  },
  {
    name: "a manifest is put",
    at: ({ method, path }) => method === "PUT" && path.includes("/manifests/sha256:"),
  },
];

for (const { name, at } of phases) {
  test(
    `G103 G108 an interrupt while ${name} ends with 130, moves no tag, leaves no file and the earlier tar as it was`,
    { skip },
    async (t) => {
      const sandbox = createSandbox(t);
      const { folder, gantry } = sandbox;
      const [good, target] = [await startLogged(t), await startLogged(t)];
      writeFileSync(join(folder, "a"), "first");
      const files = ["out.tar", "layout", "docker.tar"].flatMap((dest) => [
        "-o",
        `type=${dest === "docker.tar" ? "docker" : "oci"},dest=${dest}`,
      ]);
      await gantry(...content, ...files);
      const outputs = ["out.tar", "docker.tar", "layout/index.json"];
      const kept = outputs.map((file) => readFileSync(join(folder, file)));
      const before = filesBut(folder, /^(layout|\.gantry)\/.*blobs/);

      writeFileSync(join(folder, "a"), randomBytes(300_000, 7));
      const host = await interruptible(t, target, at);
      const { status, stdout, stderr } = await interrupt(sandbox, host, [
        ...[...content, "-t", `${good.host}/app:1`, "-t", `${host.name}/app:1`, "--push"],
        ...[...files, "--metadata-file", "metadata.json", "--iidfile", "iid"],
      ]);
      assert.deepEqual({ status, stdout }, { status: 130, stdout: "" });
      assert.deepEqual(stderr.match(/^gantry: .*$/gm), ["gantry: interrupted"]);
      assert.deepEqual([...good.acts("tag"), ...target.acts("tag")], []);
      assert.deepEqual(
        outputs.map((file) => readFileSync(join(folder, file))),
        kept,
      );
      const records = /^\.gantry\/records\//;
      assert.deepEqual(
        filesBut(folder, /^(layout|\.gantry)\/.*blobs/).filter((file) => !records.test(file)),
        before.filter((file) => !records.test(file)),
        "no temporary file, no lock, no metadata, no iidfile",
      );

      if (name !== "a blob is on its way") return;
      await gantry("cache", "verify");
      host.release();
      await gantry(...content, "-t", `${host.name}/app:1`, "--push");
      assert.equal(target.acts("tag").length, 1, "the same command works afterwards");
    },
  );
}

test(
  "G103 a second interrupt ends at once, though a registry keeps the first from ending",
  { skip },
  async (t) => {
    const sandbox = createSandbox(t);
    const target = await startLogged(t);
    writeFileSync(join(sandbox.folder, "a"), randomBytes(300_000, 7));
    // Also the request that gives the upload back gets no answer; on it comes the second signal.
    const host = await interruptible(t, target, ({ method }) => method === "PUT" || method === "DELETE");
    const { status } = await interrupt(sandbox, host, [...content, "-t", `${host.name}/app:1`, "--push"], 2);
    assert.equal(status, 130);
    assert.deepEqual(target.acts("tag", "manifest"), []);
  },
);

test(
  "G103 an interrupt ends although the registry never answers what gives an upload back",
  { skip },
  async (t) => {
    const sandbox = createSandbox(t);
    const target = await startLogged(t);
    writeFileSync(join(sandbox.folder, "a"), randomBytes(300_000, 7));
    const asked: string[] = [];
    const host = await interruptible(t, target, ({ method }) => {
      if (method === "PUT" || method === "DELETE") asked.push(method);
      return method === "PUT" || method === "DELETE";
    });
    const { status } = await interrupt(sandbox, host, [...content, "-t", `${host.name}/app:1`, "--push"]);
    assert.equal(status, 130);
    assert.ok(asked.includes("DELETE"));
  },
);

test(
  "G105 an interrupt between two tags says which has moved, and the same command then moves the rest without a byte",
  { skip },
  async (t) => {
    const sandbox = createSandbox(t);
    const [good, target] = [await startLogged(t), await startLogged(t)];
    writeFileSync(join(sandbox.folder, "a"), "a");
    const host = await interruptible(
      t,
      target,
      ({ method, path }) => method === "PUT" && path.endsWith("/manifests/1"),
    );
    const tags = [`${good.host}/app:1`, `${host.name}/app:other`, `${host.name}/app:1`].flatMap((tag) => [
      "-t",
      tag,
    ]);
    const child = start(sandbox, [...content, ...tags, "--push", "--progress", "rawjson"]);
    let stderr = "";
    const moved = createGate();
    const reached = createGate();
    const steps = [`push ${good.host}/app:1`, `push ${host.name}/app:other`];
    child.stderr.on("data", (bytes: Buffer) => {
      stderr += bytes.toString();
      if (steps.every((step) => hasEnded(stderr, step))) moved.open();
    });
    host.onReached(reached.open);
    void Promise.all([moved.opened, reached.opened]).then(() => child.kill("SIGINT"));
    assert.deepEqual(await once(child, "close"), [130, null]);
    const { type, code, message } = JSON.parse(stderr.trim().split("\n").at(-1)!) as Record<string, string>;
    assert.deepEqual(
      { type, code, message },
      {
        type: "error",
        code: "ERR_GANTRY_INTERRUPTED",
        message: `interrupted; already moved: ${good.host}/app:1, ${host.name}/app:other`,
      },
    );
    assert.deepEqual([good.acts("tag").length, target.acts("tag").length], [1, 1]);

    host.release();
    [good, target].forEach((registry) => registry.forget());
    await sandbox.gantry(...content, ...tags, "--push");
    const tagged = (registry: LoggedRegistry) => registry.acts("tag").map(({ what }) => what);
    assert.deepEqual([tagged(good), tagged(target)], [[], ["1"]]);
    assert.deepEqual([...good.acts("upload", "mount"), ...target.acts("upload", "mount")], []);
  },
);

test(
  "G103 G108 an interrupt while a layer is packed leaves nothing half-written, in the cache neither",
  { skip },
  async (t) => {
    const sandbox = createSandbox(t);
    const { folder, gantry } = sandbox;
    mkdirSync(join(folder, "tmp"));
    const file = join(folder, "big");
    writeFileSync(file, randomBytes(24_000_000, 3));
    copyFileSync(file, join(folder, "big2"));
    const args = "build --base scratch --add big:/big --add big2:/big2 --compression gzip:9".split(" ");
    const child = start(sandbox, [...args, "-o", "type=oci,dest=out.tar", "--progress", "rawjson"]);
    let interrupted = false;
    child.stderr.on("data", (bytes: Buffer) => {
      // The first bytes of the layer were packed.
      if (interrupted || !bytes.toString().includes('"step-progress"')) return;
      interrupted = child.kill("SIGINT");
    });
    assert.deepEqual(await once(child, "close"), [130, null]);
    const left = filesBut(folder, /^\.gantry\/store\/blobs\/sha256\//).filter(
      (name) => !name.startsWith(".gantry/records/"),
    );
    assert.deepEqual(left, ["big", "big2"]);
    await gantry("cache", "verify");
  },
);

const content = ["build", "--base", "scratch", "--add", "a:/a", "--platform", "linux/amd64"];

interface Interruptible {
  readonly name: string;
  /** Acts when a request came during which the interrupt is to come; each time. */
  onReached(act: () => void): void;
  release(): void;
}

/** A registry in front of `target` where some requests arrive and get no answer. */
async function interruptible(
  t: TestContext,
  target: LoggedRegistry,
  at: Phase["at"],
): Promise<Interruptible> {
  const never = createGate();
  let reached = (): void => undefined;
  let holding = true;
  const { host } = await startFront(t, target.host, (request): Fault | undefined => {
    if (!holding || !at(request)) return undefined;
    reached();
    return { hold: never.opened };
  });
  return { name: host, onReached: (act) => (reached = act), release: () => (holding = false) };
}

async function interrupt(
  sandbox: Sandbox,
  host: Interruptible,
  args: readonly string[],
  times = 1,
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = start(sandbox, args);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  let signals = 0;
  host.onReached(() => {
    if (signals++ < times) child.kill("SIGINT");
  });
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout, stderr };
}

function start({ folder }: Sandbox, args: readonly string[]) {
  const temporary = join(folder, "tmp");
  mkdirSync(temporary, { recursive: true });
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    GANTRY_CACHE_DIR: join(folder, ".gantry"),
    TMPDIR: temporary,
  };
  return spawn(process.execPath, [main, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
}

/** Whether the log of events has a step of this name and its end. */
function hasEnded(log: string, name: string): boolean {
  const lines = log.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
  const events = lines.map((line) => JSON.parse(line) as { type: string; id: number; name?: string });
  const id = events.find((event) => event.name === name)?.id;
  return events.some((event) => event.type === "step-end" && event.id === id);
}

/** Every file below a folder, without those whose paths match. */
function filesBut(folder: string, left: RegExp): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !left.test(path))
    .sort();
}

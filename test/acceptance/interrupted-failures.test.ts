import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import {
  build,
  createRegistry,
  verifyCache,
  type BuildOptions,
  type GantryEvent,
  type Output,
} from "../../src/index.js";
import { createSandbox } from "../support/cli.js";
import { startLogged, type LoggedRegistry } from "../support/logged-registry.js";
import { ownOptions, type OwnOptions } from "../support/own-options.js";
import { randomBytes } from "../support/random-image.js";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const files: readonly Output[] = [
  { type: "oci", dest: "out.tar" },
  { type: "docker", dest: "docker.tar" },
  { type: "oci", dest: "layout" },
  { type: "store" },
];

/** What fails, and how the outputs that were complete before are told from what came after. */
interface Scene {
  readonly options: OwnOptions;
  readonly registry: LoggedRegistry;
  readonly folder: string;
  build(options?: BuildOptions): Promise<unknown>;
  /** Files by path without blobs, which belong to whoever names them, and what the cache remembers. */
  visible(): Readonly<Record<string, string>>;
}

test("B31 a source that changes while it is packed fails by name and leaves every earlier output as it was", async (t) => {
  const scene = await setTheScene(t);
  const before = scene.visible();
  let changed = false;
  const onEvent = (event: GantryEvent) => {
    // Listed, and not yet read.
    if (changed || event.type !== "step-start" || event.kind !== "layer") return;
    changed = true;
    appendFileSync(join(scene.folder, "source"), "more");
  };
  await assert.rejects(scene.build({ onEvent }), {
    code: "ERR_GANTRY_SOURCE_CHANGED",
    message: /\/source\b/,
  });
  await assertUntouched(scene, before);
});

test("B31 a source that changes while it is being sent fails by name and leaves every earlier output as it was", async (t) => {
  const scene = await setTheScene(t);
  const before = scene.visible();
  let changed = false;
  const onEvent = (event: GantryEvent) => {
    // The layer's digest is known; its bytes are read from the file again for each destination.
    if (changed || event.type !== "step-start" || event.kind !== "upload") return;
    changed = true;
    writeFileSync(join(scene.folder, "source"), randomBytes(2_000_000, 99));
  };
  await assert.rejects(scene.build({ onEvent, compression: "none" }), { message: /\/source\b/ });
  await assertUntouched(scene, before);
});

test("a registry that is not there fails the run and leaves every other output as it was", async (t) => {
  const scene = await setTheScene(t);
  const before = scene.visible();
  const gone = await createRegistry();
  await gone.close();
  const tags = [`${scene.registry.host}/app:1`, `${gone.host}/app:1`];
  await assert.rejects(
    build(
      { name: "app", tags, files: { "/a": "source" } },
      { ...scene.options, outputs: [{ type: "registry" }, ...files] },
    ),
    { message: new RegExp(`${gone.host}.*nothing listens there`) },
  );
  await assertUntouched(scene, before);
});

test(
  "G108 a disk that takes no more of a tar ends with 1, names the file, moves no tag and leaves the earlier tar",
  { skip: process.platform === "win32" },
  async (t) => {
    const { folder, gantry } = createSandbox(t);
    const { host, acts } = await startLogged(t);
    writeFileSync(join(folder, "a"), "first");
    const args = `build --base scratch --add a:/a -t ${host}/app:1 -o type=oci,dest=out.tar`.split(" ");
    await gantry(...args);
    const kept = readFileSync(join(folder, "out.tar"));
    writeFileSync(join(folder, "a"), randomBytes(3_000_000, 5));
    // Files of 1 MB at most (dash counts in 512 bytes): the write itself fails, as on a full disk.
    const limited = 'ulimit -f 2000 && exec "$0" "$@"';
    const env = { PATH: process.env.PATH, HOME: folder, GANTRY_CACHE_DIR: join(folder, ".gantry") };
    const child = spawn(
      "sh",
      ["-c", limited, process.execPath, main, ...args, "--push", "--compression", "none"],
      {
        cwd: folder,
        env,
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    let stderr = "";
    child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
    assert.deepEqual(await once(child, "close"), [1, null]);
    assert.match(stderr, /^gantry: .*writing \S*out\.tar: .*(EFBIG|file too large)/im);
    assert.ok(acts("manifest").length > 0, "the registry was ready");
    assert.deepEqual(acts("tag"), []);
    assert.deepEqual(readFileSync(join(folder, "out.tar")), kept);
    assert.deepEqual(
      readdirSync(folder)
        .filter((name) => name !== ".gantry")
        .toSorted(),
      ["a", "out.tar"],
    );
  },
);

/** A folder whose outputs all hold a first image, and a source that has changed since. */
async function setTheScene(t: TestContext): Promise<Scene> {
  const options = await ownOptions(t);
  const registry = await startLogged(t);
  const folder = options.system.cwd;
  const request = { name: "app", tags: [`${registry.host}/app:1`], files: { "/a": "source" } };
  const run = (more: BuildOptions = {}) =>
    build(request, { ...options, outputs: [{ type: "registry" }, ...files], ...more });
  writeFileSync(join(folder, "source"), "first");
  await run();
  writeFileSync(join(folder, "source"), randomBytes(2_000_000, 1));
  registry.forget();
  return { options, registry, folder, build: run, visible: () => readVisible(folder) };
}

function readVisible(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !/\/blobs\/sha256\/|^\.gantry\/records\//.test(path) && path !== "source");
  return Object.fromEntries(
    paths.toSorted().map((path) => [path, readFileSync(join(folder, path), "latin1")]),
  );
}

async function assertUntouched(
  { visible, registry, options }: Scene,
  before: Readonly<Record<string, string>>,
): Promise<void> {
  assert.deepEqual(visible(), before);
  assert.deepEqual(registry.acts("tag"), []);
  const { corrupt, missing } = await verifyCache(options);
  assert.deepEqual({ corrupt, missing }, { corrupt: [], missing: [] });
}

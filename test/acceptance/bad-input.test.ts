import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import * as api from "../../src/index.js";
import { createSandbox, type Ran } from "../support/cli.js";
import { writeHandLayout } from "../support/hand-layout.js";
import { createInProcess } from "../support/in-process.js";
import { createLab } from "../support/lab.js";
import { startLogged } from "../support/logged-registry.js";
import { lacking } from "../support/tools.js";

/** A folder with a file in it. */
function prepare(t: TestContext): {
  readonly folder: string;
  readonly gantry: (...args: readonly string[]) => Promise<Ran>;
} {
  const { folder, run } = createInProcess(t);
  mkdirSync(join(folder, "dist"));
  writeFileSync(join(folder, "dist", "main.js"), "main");
  return { folder, gantry: (...args) => run(args) };
}

const usage: Readonly<Record<string, readonly [flags: string, message: RegExp]>> = {
  "A3 a base that is no reference": ["--base Debian:12", /"Debian:12"/],
  "A3 a tag that is no reference": ["--base scratch -t localhost/app:a:b", /localhost\/app:a:b/],
  "A5 a base's digest that is none": ["--base debian@sha256:abc", /sha256:abc/],
  "A13 a platform that is unknown": ["--base scratch --platform linux/amd46", /linux\/amd46.*amd64/],
  "a flag that is unknown": ["--base scratch --volumes /a", /--volumes.*did you mean "--volume"/],
  "B50 a user that wraps round to root": ["--base scratch --user 4294967296", /user.*4294967296/],
  "B50 a port that is none": ["--base scratch --expose 80800", /80800/],
  "a relative volume": ["--base scratch --volume data", /"data".*absolute/],
  "a stop signal that is none": ["--base scratch --stop-signal SIGTREM", /SIGTREM.*did you mean "SIGTERM"/],
  "a time that is none": ["--base scratch --created yesterday", /created.*yesterday/],
  "a compression that is unknown": ["--base scratch --compression gzpi", /gzpi.*did you mean "gzip"/],
  "a destination that is relative": ["--base scratch --add dist:app", /--add dist:app: .*absolute/],
  "B36 a destination that would delete": ["--base scratch --add dist:/a/.wh.b", /\.wh\.b/],
  "an owner by name": ["--base scratch --add dist:/a,owner=root", /owner.*root/],
  "a mode that is none": ["--base scratch --add dist:/a,mode=999", /mode.*999/],
  "an option of --add that is unknown": [
    "--base scratch --add dist:/a,exlude=x",
    /exlude.*did you mean "exclude"/,
  ],
  "C52 a variable that is unknown": [
    "--base scratch --env A=hidden-${HOME}",
    /^gantry: env\.A: unknown variable \$\{HOME\}/,
  ],
  "an empty context": ["", /gantry\.config.*--base/],
  "a spec file that is not there": ["--config other.yaml", /other\.yaml/],
};

for (const [what, [flags, message]] of Object.entries(usage)) {
  test(`${what} ends with 2 and one line before any work`, async (t) => {
    const { folder, gantry } = prepare(t);
    const args = flags === "" ? [] : flags.split(" ");
    const { status, stdout, stderr } = await gantry("build", ...args, "-o", "type=oci,dest=out.tar");
    assert.match(stderr, message);
    assert.match(stderr, /^gantry: [^\n]+\n(See "gantry build --help"\.\n|  [^\n]+\n {2,}\^\n)?$/);
    assert.doesNotMatch(stderr, /hidden/);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.deepEqual(readdirSync(folder), ["dist"], "nothing was written");
  });
}

const specs: Readonly<Record<string, readonly [yaml: string, message: RegExp]>> = {
  "an unknown field": [
    "entrypiont: [x]",
    /gantry\.config\.yaml: line 1:\d+: .*entrypiont.*did you mean "entrypoint"/,
  ],
  "an unknown field of a file": ["files: { /a: { sourec: a } }", /files.*\/a.*sourec.*did you mean "source"/],
  "an unknown field of a platform": [
    "platforms: { linux/amd64: { envs: {} } }",
    /platforms.*linux\/amd64.*envs.*did you mean "env"/,
  ],
  "a wrong type": ["env: { PORT: 8080 }", /env.*PORT.*expected.*(string|text)/i],
  "a text where a list is meant": ["tags: a:1", /tags: .*expected.*(list|array)/i],
  "several problems": ["env: 1\nfilez: {}", /env[^]*filez.*did you mean "files"/],
};

for (const [what, [yaml, message]] of Object.entries(specs)) {
  test(`C51 ${what} in a spec file ends with 2 and says where and what was expected`, async (t) => {
    const { folder, gantry } = prepare(t);
    writeFileSync(join(folder, "gantry.config.yaml"), `${yaml}\n`);
    const { status, stdout, stderr } = await gantry("build", "-o", "type=oci,dest=out.tar");
    assert.match(stderr, message);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.deepEqual(readdirSync(folder), ["dist", "gantry.config.yaml"]);
  });
}

test("a source that does not exist is named with the nearest there is, in a run of several images with the image", async (t) => {
  const { folder, gantry } = prepare(t);
  const { status, stderr } = await gantry(
    "build",
    "--base",
    "scratch",
    "--add",
    "dits:/app",
    "--progress",
    "quiet",
  );
  assert.match(
    stderr,
    /^gantry: layers\[0\]\.files\["\/app"\]: .*\/dits does not exist \(did you mean "dist"\?\)\n$/,
  );
  assert.equal(status, 1);
  writeFileSync(
    join(folder, "gantry.config.yaml"),
    "images: { good: { files: { /a: dist } }, bad: { files: { /a: none } } }",
  );
  const several = await gantry("build", "--progress", "quiet");
  assert.match(several.stderr, /^gantry: image bad: files\["\/a"\]: .*\/none does not exist\n$/);
  assert.deepEqual([several.status, several.stdout], [1, ""]);
  assert.equal((await gantry("images", "ls")).stdout, "", "the good one did not land either");
});

const odd: Readonly<Record<string, readonly [make: (folder: string) => void, message: RegExp]>> = {
  "B29 a fifo": [(folder) => execFileSync("mkfifo", [join(folder, "odd")]), /\/dist\/odd is a fifo/],
  "B36 a name that deletes": [(folder) => writeFileSync(join(folder, ".wh.odd"), ""), /\/dist\/\.wh\.odd/],
};

for (const [what, [make, message]] of Object.entries(odd)) {
  test(
    `${what} among the sources ends with 1 and names it, and the earlier output stays`,
    { skip: lacking("mkfifo") },
    async (t) => {
      const { folder, gantry } = prepare(t);
      writeFileSync(join(folder, "out.tar"), "of an earlier run");
      make(join(folder, "dist"));
      const { status, stdout, stderr } = await gantry(
        ...[
          "build",
          "--base",
          "scratch",
          "--add",
          "dist:/app",
          "-o",
          "type=oci,dest=out.tar",
          "--progress",
          "quiet",
        ],
      );
      assert.match(stderr, message);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.equal(readFileSync(join(folder, "out.tar"), "utf8"), "of an earlier run");
      assert.deepEqual(
        readdirSync(folder).filter((name) => !name.startsWith(".")),
        ["dist", "out.tar"],
      );
    },
  );
}

const changes: Readonly<Record<string, (path: string) => void>> = {
  grows: (path) => appendFileSync(path, "more"),
  shrinks: (path) => truncateSync(path, 10),
  "is replaced": (path) => {
    writeFileSync(`${path}.new`, readFileSync(path));
    renameSync(`${path}.new`, path);
  },
  vanishes: (path) => rmSync(path),
};

for (const [how, change] of Object.entries(changes)) {
  for (const [when, kind] of [
    ["packed", "layer"],
    ["sent", "upload"],
  ] as const) {
    test(`B31 a file that ${how} before it is ${when} fails the build by name, and no tag moves`, async (t) => {
      const { folder, options, write } = await createLab(t);
      const registry = await startLogged(t);
      write({ "src/big": "x".repeat(100_000), "src/other": "y" });
      let isChanged = false;
      const building = api.build(
        { tags: [`${registry.host}/app:1`], compression: "none", files: { "/app": "src" } },
        {
          ...options,
          outputs: [{ type: "registry" }, { type: "store" }],
          onEvent: (event) => {
            if (event.type !== "step-start" || event.kind !== kind || isChanged) return;
            isChanged = true;
            change(join(folder, "src", "big"));
          },
        },
      );
      await assert.rejects(building, {
        code: "ERR_GANTRY_SOURCE_CHANGED",
        message: /\/src\/big (changed|vanished)/,
      });
      assert.ok(isChanged);
      assert.deepEqual(registry.acts("tag"), []);
      assert.deepEqual(await api.listImages(options), []);
      const { corrupt } = await api.verifyCache(options);
      assert.deepEqual(corrupt, [], "the cache is whole");
    });
  }
}

test("B30 a file that may not be read is named, with what to do", { skip: noUsers() }, async (t) => {
  const { folder, gantry } = prepare(t);
  writeFileSync(join(folder, "dist", "secret"), "x", { mode: 0 });
  const args = [
    "build",
    "--base",
    "scratch",
    "--add",
    "dist:/app",
    "-o",
    "type=oci,dest=out.tar",
    "--progress",
    "quiet",
  ];
  const { status, stderr } = await asNobody(folder, () => gantry(...args));
  assert.match(stderr, /^gantry: .*\/dist\/secret cannot be read: .*EACCES/);
  assert.equal(status, 1);
  assert.deepEqual(
    readdirSync(folder).filter((name) => !name.startsWith(".")),
    ["dist"],
  );
});

function noUsers(): string | false {
  return process.seteuid === undefined ? "this system has no users of Unix's kind" : false;
}

/** Root may read everything: it becomes another user for a while, who owns the folder. */
async function asNobody<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (process.geteuid!() !== 0) return work();
  chownSync(folder, 65_534, 65_534);
  process.seteuid!(65_534);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}

test("B39 a context that is a symlink is the folder it leads to", async (t) => {
  const { folder, gantry } = prepare(t);
  symlinkSync("dist", join(folder, "link"));
  writeFileSync(join(folder, "dist", "gantry.config.yaml"), "name: x\nfiles: { /a: main.js }");
  const digests = [];
  for (const context of ["dist", "link"])
    digests.push((await gantry("build", context, "--progress", "quiet")).stdout);
  assert.match(digests[0]!, /^sha256:/);
  assert.equal(digests[1], digests[0]);
});

/** Manifests and configurations that a base may not have; each is the layout's root, or the config below it. */
const badBases: Readonly<
  Record<string, readonly [spoil: (manifest: Parts) => object | string, message: RegExp]>
> = {
  "A6 both manifests and layers": [(manifest) => ({ ...manifest, manifests: [] }), /both/],
  "A7 a mediaType that is not its descriptor's": [
    (manifest) => ({ ...manifest, mediaType: "application/vnd.oci.image.index.v1+json" }),
    /mediaType/,
  ],
  "A8 a key twice": [
    (manifest) => JSON.stringify(manifest).replace("{", '{"schemaVersion":2,'),
    /schemaVersion.*twice/,
  ],
  "A8 a key in another case": [(manifest) => ({ ...manifest, Layers: [] }), /Layers/],
  "A9 schema 1": [() => ({ schemaVersion: 1, name: "x", fsLayers: [], history: [] }), /schema/i],
  "A14 another number of layers than its configuration": [
    (manifest) => ({ ...manifest, layers: [] }),
    /layers/,
  ],
  "A16 a size that is none": [
    (manifest) => ({ ...manifest, config: { ...manifest.config, size: -1 } }),
    /size/,
  ],
  "A5 a digest that is none": [
    (manifest) => ({ ...manifest, config: { ...manifest.config, digest: "sha256:abc" } }),
    /digest/,
  ],
};

interface Parts {
  readonly config: object;
}

for (const [what, [spoil, message]] of Object.entries(badBases)) {
  test(`a base with ${what} is an error that names the base`, async (t) => {
    const { folder, build } = await createLab(t);
    writeHandLayout(join(folder, "base"), [{ platform: { architecture: "amd64" } }]);
    spoilRoot(join(folder, "base"), spoil);
    await assert.rejects(build({ base: "oci-layout:base", platforms: ["linux/amd64"] }), (error: Error) => {
      assert.match(error.message, /^base oci-layout:base: [^\n]+$/);
      assert.match(error.message, message);
      return (error as { code?: string }).code === "ERR_GANTRY_MANIFEST_INVALID";
    });
  });
}

test("an error's stack is shown with --debug alone", async (t) => {
  const { run } = createSandbox(t);
  const args = ["build", "--base", "scratch", "--add", "none:/a", "--progress", "quiet"];
  const plain = await run(args);
  assert.match(plain.stderr, /^gantry: [^\n]+\n$/);
  const debug = await run([...args, "--debug"]);
  assert.match(debug.stderr, /\n {4}at .*\n.*ERR_GANTRY_SOURCE_NOT_FOUND/s);
  assert.deepEqual([plain.status, debug.status], [1, 1]);
});

/** Puts another manifest in the place of a layout's root. */
function spoilRoot(layout: string, spoil: (manifest: Parts) => object | string): void {
  const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as {
    manifests: { digest: string }[];
  };
  const blobs = join(layout, "blobs", "sha256");
  const root = index.manifests[0]!;
  const spoiled = spoil(
    JSON.parse(readFileSync(join(blobs, root.digest.slice("sha256:".length)), "utf8")) as Parts,
  );
  const bytes = Buffer.from(typeof spoiled === "string" ? spoiled : JSON.stringify(spoiled));
  const hex = createHash("sha256").update(bytes).digest("hex");
  writeFileSync(join(blobs, hex), bytes);
  const manifests = [{ ...root, digest: `sha256:${hex}`, size: bytes.length }];
  writeFileSync(join(layout, "index.json"), JSON.stringify({ ...index, manifests }));
}

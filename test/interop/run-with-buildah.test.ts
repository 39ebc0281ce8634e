import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { build, type BuildResult, type DockerfileRequest } from "../../src/index.js";
import { readImages, type BuiltImage } from "../support/lab.js";
import { ownOptions } from "../support/own-options.js";
import { debianBase, lacking, noChroot, noDebianBase } from "../support/tools.js";
import { writeFiles } from "../support/write-files.js";

const skip = lacking("buildah") || noDebianBase || noChroot;

const Dockerfile = `FROM base AS deps
ARG V=1
ENV W=x$V
RUN echo deps-$V > /deps

FROM deps AS build
COPY src /src
SHELL ["/bin/sh", "-ec"]
HEALTHCHECK CMD true
RUN cd /src; echo * > /listed
ONBUILD ENV LEFT=yes

FROM base AS app
COPY --from=build /listed /app/
COPY --from=deps /deps /app/

FROM build AS more
COPY src/a /v$V/$W/
CMD run
`;

/** A context and a buildah with a store, settings and a home of its own. */
async function setup(t: TestContext) {
  const { system, cacheDir } = await ownOptions(t);
  const folder = system.cwd;
  writeFiles(folder, {
    "context/Dockerfile": Dockerfile,
    "context/src/a": "a",
    "context/src/secret": "s",
    "context/.dockerignore": "src/secret\n",
    ".config/containers/policy.json": JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }),
    "storage.conf": `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/store"\nrunroot = "${folder}/run"\n`,
  });
  mkdirSync(join(folder, "tmp"));
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: join(folder, "tmp"),
    BUILDAH_ISOLATION: "chroot",
    CONTAINERS_STORAGE_CONF: join(folder, "storage.conf"),
  };
  const options = { cacheDir, system: { ...system, env }, context: join(folder, "context") };
  let count = 0;
  const run = async (
    request: Partial<DockerfileRequest>,
    noCache = false,
  ): Promise<{ readonly result: BuildResult; readonly image: BuiltImage }> => {
    const dest = join(folder, `out-${count++}`);
    const contexts = { base: `oci-layout://${debianBase}` };
    const [result] = await build(
      { dockerfile: "Dockerfile", platforms: ["linux/amd64"], runWith: "buildah", contexts, ...request },
      { ...options, noCache, outputs: [{ type: "oci", dest }] },
    );
    const [image] = await readImages(`oci:${dest}`, result!, options);
    return { result: result!, image: image! };
  };
  return { folder, cacheDir, run };
}

/** The texts of an image's files, later layers over earlier ones. */
function textsOf({ layers }: BuiltImage): Map<string, string> {
  return new Map(layers.flat().flatMap(({ path, text }) => (text === undefined ? [] : [[path, text]])));
}

test("buildah makes the stages with RUN, and the files are copied out of them", { skip }, async (t) => {
  const { cacheDir, run } = await setup(t);
  const { image, result } = await run({ target: "app", buildArgs: { V: "2" } });
  const texts = textsOf(image);
  assert.deepEqual([texts.get("app/listed"), texts.get("app/deps")], ["a\n", "deps-2\n"]);
  assert.equal(texts.has("listed"), false, "the stage itself is not in it");
  assert.deepEqual(readdirSync(join(cacheDir, "tmp")), []);
  // The same again, though buildah executes everything anew.
  const again = await run({ target: "app", buildArgs: { V: "2" } }, true);
  assert.equal(again.result.digest, result.digest);
});

test(
  "a stage goes on where buildah's ends: SHELL, HEALTHCHECK, ONBUILD, ARG and times",
  { skip },
  async (t) => {
    const { run } = await setup(t);
    const { image } = await run({ target: "more" });
    const { config = {}, created } = image.config;
    assert.deepEqual(config.Cmd, ["/bin/sh", "-ec", "run"]);
    assert.deepEqual(config.Healthcheck, { Test: ["CMD-SHELL", "true"] });
    assert.ok(config.Env!.includes("LEFT=yes"), String(config.Env));
    assert.equal("Hostname" in config, false);
    assert.equal(created, "1970-01-01T00:00:00Z");
    const texts = textsOf(image);
    assert.deepEqual([texts.get("v1/x1/a"), texts.get("listed")], ["a", "a\n"]);
    const made = image.layers.flat().filter(({ path }) => path === "listed" || path === "deps");
    assert.deepEqual(
      made.map(({ mtime }) => mtime),
      [0, 0],
    );
  },
);

test("a target with RUN is buildah's image: its layers and its history", { skip }, async (t) => {
  const { run } = await setup(t);
  const { image, result } = await run({ target: "build", labels: { by: "gantry" } });
  assert.match(image.config.history!.at(-2)!.created_by!, /echo \* > \/listed/);
  assert.deepEqual(image.config.config!.OnBuild, ["ENV LEFT=yes"]);
  assert.equal(image.config.config!.Labels!["by"], "gantry");
  assert.deepEqual(image.manifest.annotations ?? {}, {});
  assert.deepEqual(result.plan.images[0]!.layers, []);
});

test("what buildah could not do is told in its own words", { skip }, async (t) => {
  const { folder, run } = await setup(t);
  writeFileSync(
    join(folder, "context/Dockerfile"),
    "FROM base AS a\nRUN echo so far; exit 3\nFROM a\nCOPY src /\n",
  );
  await assert.rejects(run({}), {
    code: "ERR_GANTRY_ENGINE",
    message:
      /^buildah build ended with 3 for the stage a \(Dockerfile, line 1\); its last lines:\n[^]*\n {2}so far\n[^]*exit status 3/,
  });
});

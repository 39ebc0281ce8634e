import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { plan } from "../../../src/index.js";
import type { ImagePlan } from "../../../src/index.js";
import { scratchFolder } from "../../support/scratch-folder.js";

/** Plans a Dockerfile in a context of a few files, beside a secret that is not in it. */
async function planned(t: TestContext, dockerfile: string): Promise<ImagePlan> {
  const folder = await scratchFolder(t);
  const context = join(folder, "context");
  mkdirSync(join(context, "d"), { recursive: true });
  writeFileSync(join(folder, "secret"), "secret");
  writeFileSync(join(context, "a"), "a");
  symlinkSync("../secret", join(context, "up"));
  symlinkSync(join(folder, "secret"), join(context, "absolute"));
  symlinkSync("../..", join(context, "d", "out"));
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  const [image] = await plan(
    { name: "case", dockerfile: "Dockerfile" },
    { context, cacheDir: join(folder, "cache") },
  );
  return image!.images[0]!;
}

for (const source of ["../secret", "/../secret", "up", "absolute", "d/out/secret", "d/out/../secret"]) {
  test(`C49 COPY ${source} does not leave the context`, async (t) => {
    await assert.rejects(planned(t, `FROM scratch\nCOPY ${source} /x\n`), {
      code: "ERR_GANTRY_DOCKERFILE_INVALID",
      message: /not found/,
    });
  });
}

test("C49 symlinks in a folder are copied as they are, and never followed out of the context", async (t) => {
  const { layers } = await planned(t, "FROM scratch\nCOPY . /x/\n");
  const links = layers[0]!.entries.filter(({ type }) => type === "symlink").map(({ path }) => path);
  assert.deepEqual(links, ["x/absolute", "x/d/out", "x/up"]);
  assert.equal(
    layers[0]!.entries.some(({ path }) => path.includes("secret")),
    false,
  );
});

test("C49 a destination does not leave the image", async (t) => {
  const { layers } = await planned(t, "FROM scratch\nCOPY a /../../x/../y\n");
  assert.deepEqual(
    layers[0]!.entries.map(({ path }) => path),
    ["y"],
  );
});

test("C50 values of a million characters are taken whole", async (t) => {
  const value = "v".repeat(60_000);
  const lines = Array.from({ length: 17 }, () => value).join("\\\n");
  const { config } = await planned(t, `FROM scratch\nENV A=${lines}\nLABEL l=$A$A\n`);
  assert.equal(config.config!.Env!.at(-1)!.length, "A=".length + 17 * value.length);
  assert.equal(config.config!.Labels!["l"]!.length, 34 * value.length);
});

test("C50 a user beyond what engines take is no owner of files", async (t) => {
  for (const owner of ["4294967296", "0:4294967296"])
    await assert.rejects(planned(t, `FROM scratch\nCOPY --chown=${owner} a /x\n`), {
      code: "ERR_GANTRY_DOCKERFILE_INVALID",
    });
});

test("C47 a variable that means itself is not expanded for ever", async (t) => {
  const { config } = await planned(t, "ARG A=$A\nFROM scratch\nARG B=${B:-$B}x\nENV C=$B D=$D\n");
  assert.deepEqual(config.config!.Env!.slice(1), ["C=x", "D="]);
});

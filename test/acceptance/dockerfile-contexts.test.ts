import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePlatform } from "../../src/model/platform.js";
import { createInProcess } from "../support/in-process.js";
import { brief, readImages } from "../support/lab.js";
import { startLogged } from "../support/logged-registry.js";
import { writeFiles } from "../support/write-files.js";

const flags = ["--platform", "linux/amd64", "-o", "type=oci,dest=out"];

async function imageIn(folder: string) {
  const images = [{ platform: parsePlatform("linux/amd64") }];
  const [image = assert.fail("no image")] = await readImages(`oci:${folder}/out`, {
    images,
  } as unknown as Parameters<typeof readImages>[1]);
  return image;
}

const withRun = [
  "FROM registry.invalid/compiler AS build",
  "RUN make",
  "FROM scratch",
  "COPY --from=build /out/ /app/",
  "",
].join("\n");

test("--build-context puts a folder in the place of a stage that has a RUN, with the folder's own .dockerignore", async (t) => {
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, {
    "context/Dockerfile": withRun,
    "made/out/program": "program",
    "made/out/program.log": "log",
    "made/.dockerignore": "**/*.log\n",
  });
  await gantry("build", "context", "--build-context", "BUILD=made", ...flags);
  const { layers } = await imageIn(folder);
  assert.deepEqual(layers.map(brief), [["app directory 755 0:0", "app/program file 644 0:0"]]);
});

test("files of an image come by COPY --from, by its name or by --build-context", async (t) => {
  const { folder, gantry } = createInProcess(t);
  const { host } = await startLogged(t);
  writeFiles(folder, {
    "tools/Dockerfile": "FROM scratch\nCOPY --chown=3:4 out /out/\n",
    "tools/out/program": "program",
    "named/Dockerfile": `FROM scratch\nCOPY --from=${host}/tools /out/ /app/\n`,
    "context/Dockerfile": withRun,
  });
  await gantry("build", "tools", "--platform", "linux/amd64", "-t", `${host}/tools`, "--push");
  const expected = [["app directory 755 0:0", "app/program file 644 3:4"]];
  await gantry("build", "named", ...flags);
  assert.deepEqual((await imageIn(folder)).layers.map(brief), expected);
  await gantry("build", "context", "--build-context", `build=docker-image://${host}/tools`, ...flags);
  assert.deepEqual((await imageIn(folder)).layers.map(brief), expected);
});

test("--ignore-run leaves RUN out, says so for each, and the image tells in a label", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { Dockerfile: "FROM scratch\nRUN useradd app\nCOPY a /a\nRUN make\n", a: "a" });
  const { status, stderr } = await run(["build", "--ignore-run", "--progress", "plain", ...flags]);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /Dockerfile:2 is left out: RUN useradd app/);
  assert.match(stderr, /Dockerfile:4 is left out: RUN make/);
  const { config } = await imageIn(folder);
  assert.deepEqual(config.config?.Labels, { "gantry.ignored-run": "Dockerfile:2 Dockerfile:4" });
});

test("an unnamed stage that has a RUN can be replaced once it has a name, and the message says so", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { Dockerfile: "FROM scratch\nRUN make\n" });
  const { status, stderr } = await run(["build", "--progress", "quiet"]);
  assert.match(stderr, /once FROM … AS NAME names it: --build-context NAME=DIR /);
  assert.equal(status, 2);
});

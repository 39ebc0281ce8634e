import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildah } from "../../../../src/frontends/dockerfile/run-with/buildah.js";
import { buildctl } from "../../../../src/frontends/dockerfile/run-with/buildctl.js";
import { docker } from "../../../../src/frontends/dockerfile/run-with/docker.js";
import type { Engine, StageBuild } from "../../../../src/frontends/dockerfile/run-with/engine.js";
import { writeHandLayout } from "../../../support/hand-layout.js";
import { scratchFolder } from "../../../support/scratch-folder.js";

const least: StageBuild = {
  dockerfile: "/tmp/g/1/app.Dockerfile",
  ignoreFile: "/tmp/g/1/app.Dockerfile.dockerignore",
  target: undefined,
  context: "/home/me/app",
  contexts: new Map(),
  buildArgs: {},
  platform: { os: "linux", architecture: "amd64" },
  mtime: 0,
  noCache: false,
  output: "/tmp/g/1/out",
};

const most: StageBuild = {
  ...least,
  target: "build",
  contexts: new Map([
    ["files", { type: "folder", root: "/home/me/files" }],
    ["tools", { type: "image", name: "registry.test/tools:1" }],
  ]),
  buildArgs: { A: "x y", SOURCE_DATE_EPOCH: "7" },
  platform: { os: "linux", architecture: "arm", variant: "v7" },
  mtime: 1700000000,
  noCache: true,
  output: '/tmp/a,"b',
};

/** The command lines that an engine's program gets, without being run. */
async function recorded(engine: Engine, build: StageBuild): Promise<readonly (readonly string[])[]> {
  const lines: (readonly string[])[] = [];
  await engine(build, async (args) => void lines.push(args));
  return lines;
}

test("docker: a stage that asks for nothing special", async () => {
  assert.deepEqual(await recorded(docker, least), [
    [
      ...["buildx", "build", "--progress", "plain", "--provenance=false"],
      ...["--platform", "linux/amd64", "--build-arg", "SOURCE_DATE_EPOCH=0"],
      ...["--output", "type=oci,tar=false,rewrite-timestamp=true,dest=/tmp/g/1/out/layout"],
      ...["--file", "/tmp/g/1/app.Dockerfile", "/home/me/app"],
    ],
  ]);
});

test("docker: target, platform, arguments, contexts, no cache, and a path that CSV has to quote", async () => {
  assert.deepEqual(await recorded(docker, most), [
    [
      ...["buildx", "build", "--progress", "plain", "--provenance=false"],
      ...["--platform", "linux/arm/v7", "--target", "build", "--no-cache"],
      ...["--build-arg", "SOURCE_DATE_EPOCH=7", "--build-arg", "A=x y"],
      ...["--build-context", "files=/home/me/files"],
      ...["--build-context", "tools=docker-image://registry.test/tools:1"],
      ...["--output", 'type=oci,tar=false,rewrite-timestamp=true,"dest=/tmp/a,""b/layout"'],
      ...["--file", "/tmp/g/1/app.Dockerfile", "/home/me/app"],
    ],
  ]);
});

test("buildctl: a stage that asks for nothing special", async () => {
  assert.deepEqual(await recorded(buildctl, least), [
    [
      ...["build", "--progress", "plain", "--frontend", "dockerfile.v0"],
      ...["--local", "context=/home/me/app", "--local", "dockerfile=/tmp/g/1"],
      ...["--opt", "filename=app.Dockerfile", "--opt", "platform=linux/amd64"],
      ...["--opt", "build-arg:SOURCE_DATE_EPOCH=0"],
      ...["--output", "type=oci,tar=false,rewrite-timestamp=true,dest=/tmp/g/1/out/layout"],
    ],
  ]);
});

test("buildctl: target, platform, arguments, contexts, no cache, and a path that CSV has to quote", async () => {
  assert.deepEqual(await recorded(buildctl, most), [
    [
      ...["build", "--progress", "plain", "--frontend", "dockerfile.v0"],
      ...["--local", "context=/home/me/app", "--local", "dockerfile=/tmp/g/1"],
      ...["--opt", "filename=app.Dockerfile", "--opt", "platform=linux/arm/v7"],
      ...["--opt", "target=build", "--no-cache"],
      ...["--opt", "build-arg:SOURCE_DATE_EPOCH=7", "--opt", "build-arg:A=x y"],
      ...["--local", "named-0=/home/me/files", "--opt", "context:files=local:named-0"],
      ...["--opt", "context:tools=docker-image://registry.test/tools:1"],
      ...["--output", 'type=oci,tar=false,rewrite-timestamp=true,"dest=/tmp/a,""b/layout"'],
    ],
  ]);
});

test("a layout as a named context is what each engine takes for one", async (t) => {
  const folder = join(await scratchFolder(t), "layout");
  const digest = writeHandLayout(folder, [{ platform: { architecture: "amd64" } }], "12");
  const contexts: StageBuild["contexts"] = new Map([
    ["base", { type: "image", name: `oci-layout:${folder}:12` }],
  ]);
  const said = async (engine: Engine) => (await recorded(engine, { ...least, contexts })).flat();
  const about = async (engine: Engine) =>
    (await said(engine)).filter((word) => word.includes(folder) || word.includes(digest));
  assert.deepEqual(await about(docker), [`base=oci-layout://${folder}:12`]);
  // BuildKit takes no name of a layout's, only a digest.
  assert.deepEqual(await about(buildctl), [
    `named-0=${folder}`,
    `context:base=oci-layout://named-0@${digest}`,
  ]);
  const output = await scratchFolder(t);
  const [line = []] = await buildahLines({ ...least, contexts, output });
  const given = join(output, "context-0");
  assert.ok(line.includes(`base=docker-image://dir:${given}`), line.join(" "));
  assert.deepEqual(
    readFileSync(join(given, "manifest.json")),
    readFileSync(join(folder, "blobs", ...digest.split(":"))),
  );
});

test("buildah: builds without a name, then pushes by the ID it got", async (t) => {
  const output = await scratchFolder(t);
  assert.deepEqual(await buildahLines({ ...most, output }), [
    [
      ...["build", "--layers", "--force-rm", "--format", "docker", "--identity-label=false"],
      ...["--timestamp", "1700000000", "--platform", "linux/arm/v7", "--target", "build", "--no-cache"],
      ...["--build-arg", "A=x y", "--build-arg", "SOURCE_DATE_EPOCH=7"],
      ...["--build-context", "files=/home/me/files"],
      ...["--build-context", "tools=docker-image://registry.test/tools:1"],
      ...["--ignorefile", "/tmp/g/1/app.Dockerfile.dockerignore", "--iidfile", join(output, "id")],
      ...["--file", "/tmp/g/1/app.Dockerfile", "/home/me/app"],
    ],
    ["push", "--quiet", "sha256:1234", `dir:${join(output, "layout")}`],
  ]);
});

test("what buildah pushed becomes a layout without what tells of its containers", async (t) => {
  const output = await scratchFolder(t);
  await buildahLines({ ...least, output });
  const layout = join(output, "layout");
  const read = (path: string) =>
    JSON.parse(readFileSync(join(layout, path), "utf8")) as Record<string, unknown>;
  const blob = (digest: string) => read(`blobs/${digest.replace(":", "/")}`);
  const [entry] = read("index.json")["manifests"] as { digest: string; mediaType: string }[];
  assert.equal(entry!.mediaType, "application/vnd.docker.distribution.manifest.v2+json");
  const manifest = blob(entry!.digest) as { config: { digest: string }; layers: { digest: string }[] };
  assert.ok(existsSync(join(layout, `blobs/${manifest.layers[0]!.digest.replace(":", "/")}`)));
  assert.deepEqual(blob(manifest.config.digest), {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [] },
    config: { Env: ["A=1"], Shell: ["/bin/bash", "-c"], OnBuild: ["RUN x"] },
    history: [{ created_by: "RUN make" }, { created_by: "RUN", comment: "buildkit" }],
  });
  assert.equal(existsSync(join(layout, "manifest.json")), false);
});

/** As `recorded`, with what buildah writes. */
async function buildahLines(build: StageBuild): Promise<readonly (readonly string[])[]> {
  const lines: (readonly string[])[] = [];
  await buildah(build, async (args) => {
    lines.push(args);
    if (args[0] === "build") return writeFileSync(args[args.indexOf("--iidfile") + 1]!, "sha256:1234\n");
    const folder = args.at(-1)!.replace(/^dir:/, "");
    mkdirSync(folder);
    const [config, layer] = ["c".repeat(64), "1".repeat(64)];
    const manifest = {
      schemaVersion: 2,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      config: {
        mediaType: "application/vnd.docker.container.image.v1+json",
        digest: `sha256:${config}`,
        size: 2,
      },
      layers: [{ mediaType: "x", digest: `sha256:${layer}`, size: 1 }],
    };
    writeFileSync(join(folder, "version"), "Directory Transport Version: 1.1\n");
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, layer), "x");
    writeFileSync(
      join(folder, config),
      JSON.stringify({
        ...{ parent: "sha256:2", container: "3", container_config: { Hostname: "4" }, docker_version: "" },
        ...{ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } },
        config: {
          ...{ Hostname: "5", Domainname: "", User: "", Image: "", Tty: false, OpenStdin: false },
          ...{ AttachStdin: false, AttachStdout: false, AttachStderr: false, StdinOnce: false },
          ...{ Env: ["A=1"], Shell: ["/bin/bash", "-c"], OnBuild: ["RUN x"] },
        },
        history: [
          { created_by: "RUN make", comment: "FROM 0123456789ab" },
          { created_by: "RUN", comment: "buildkit" },
        ],
      }),
    );
  });
  return lines;
}

import assert from "node:assert/strict";
import { chmodSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parsePlatform } from "../../src/model/platform.js";
import { createSandbox } from "../support/cli.js";
import { createInProcess } from "../support/in-process.js";
import { brief, readImages, type BuiltImage } from "../support/lab.js";
import { startLogged } from "../support/logged-registry.js";
import { writeFiles } from "../support/write-files.js";

const amd64 = "linux/amd64";

/** What a place has for these platforms. */
async function imagesOf(place: string, ...platforms: readonly string[]): Promise<readonly BuiltImage[]> {
  const images = platforms.map((platform) => ({ platform: parsePlatform(platform) }));
  return readImages(place, { images } as unknown as Parameters<typeof readImages>[1]);
}

/** Of the one image for amd64 in a place. */
async function imageOf(place: string): Promise<BuiltImage> {
  const [image = assert.fail(`no image in ${place}`)] = await imagesOf(place, amd64);
  return image;
}

function paths({ layers }: BuiltImage): readonly string[] {
  return layers.flat().map(({ path }) => path);
}

test("gantry build . takes the Dockerfile that is there and pushes what it describes", async (t) => {
  const { folder, run } = createSandbox(t);
  const { host } = await startLogged(t);
  writeFiles(folder, {
    "app/Dockerfile": [
      "# syntax=docker/dockerfile:1",
      "FROM scratch",
      "ENV PORT=8080",
      "WORKDIR /srv",
      "COPY --chown=7:8 --chmod=640 site ./",
      'ENTRYPOINT ["/server"]',
      "CMD exec /server --port $PORT",
      "",
    ].join("\n"),
    "app/site/index.html": "hello",
  });
  const tag = `${host}/app:1`;
  const done = await run(["build", ".", "--platform", amd64, "-t", tag, "--push"], {
    cwd: join(folder, "app"),
  });
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stdout, /^127\.0\.0\.1:\d+\/app@sha256:[0-9a-f]{64}\n$/);
  const image = await imageOf(tag);
  assert.deepEqual(image.layers.map(brief), [["srv directory 755 0:0"], ["srv/index.html file 640 7:8"]]);
  const { Env = [], WorkingDir, Entrypoint, Cmd } = image.config.config ?? {};
  assert.deepEqual([Env.at(-1), WorkingDir, Entrypoint], ["PORT=8080", "/srv", ["/server"]]);
  assert.deepEqual(
    Cmd,
    ["/bin/sh", "-c", "exec /server --port $PORT"],
    "the shell form, for the shell to expand",
  );
  assert.deepEqual(
    image.config.history?.map(({ created_by }) => created_by),
    [
      "ENV PORT=8080",
      "WORKDIR /srv",
      "COPY --chown=7:8 --chmod=640 site ./ # buildkit",
      'ENTRYPOINT ["/server"]',
      'CMD ["/bin/sh" "-c" "exec /server --port $PORT"]',
    ],
  );
});

test("--layers squash makes one layer of all instructions, and each is told in the history", async (t) => {
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, {
    Dockerfile: "FROM scratch\nCOPY a /x/\nWORKDIR /w\nCOPY --link --chmod=600 b /x/a\nUSER 5\n",
    a: "a",
    b: "b",
  });
  const flags = ["--platform", amd64, "-o"];
  await gantry("build", "--layers", "squash", ...flags, "type=oci,dest=squashed");
  await gantry("build", "--layers", "each", ...flags, "type=oci,dest=layered");
  const [squashed, layered] = [
    await imageOf(`oci:${folder}/squashed`),
    await imageOf(`oci:${folder}/layered`),
  ];
  assert.deepEqual(squashed.layers.map(brief), [
    ["w directory 755 0:0", "x directory 755 0:0", "x/a file 600 0:0"],
  ]);
  assert.equal(layered.layers.length, 3);
  assert.equal(squashed.config.rootfs.diff_ids.length, 1);
  assert.deepEqual(
    squashed.config.history?.map(({ created_by, empty_layer = false }) => [created_by, empty_layer]),
    [
      ["COPY a /x/ # buildkit", true],
      ["WORKDIR /w", true],
      ["COPY --chmod=600 b /x/a # buildkit", false],
      ["USER 5", true],
    ],
  );
});

test("-f names a Dockerfile anywhere, and the patterns beside it are used instead of the context's", async (t) => {
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, {
    "context/a.txt": "a",
    "context/b.log": "b",
    "context/.dockerignore": "*.txt\n",
    "context/build/web.Dockerfile": "FROM scratch\nCOPY . /\n",
    "context/build/web.Dockerfile.dockerignore": "*.log\nbuild\n.dockerignore\n",
    "elsewhere/Dockerfile": "FROM scratch\nCOPY *.* /\n",
  });
  const flags = ["--platform", amd64, "-o"];
  await gantry("build", "context", "-f", "context/build/web.Dockerfile", ...flags, "type=oci,dest=own");
  assert.deepEqual(paths(await imageOf(`oci:${folder}/own`)), ["a.txt"]);
  await gantry("build", "context", "-f", "elsewhere/Dockerfile", ...flags, "type=oci,dest=other");
  assert.deepEqual(paths(await imageOf(`oci:${folder}/other`)), [".dockerignore", "b.log"]);
});

test("--target picks a stage, --build-arg a value, and --label wins over LABEL", async (t) => {
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, {
    Dockerfile: [
      "ARG VERSION=1",
      "FROM scratch AS tool",
      "ARG VERSION",
      "LABEL version=$VERSION maker=file",
      "COPY tool /tool-$VERSION",
      "FROM scratch AS Last",
      "COPY --from=tool /tool-* /bin/",
      "",
    ].join("\n"),
    tool: "tool",
  });
  const flags = ["--platform", amd64, "--build-arg", "VERSION=2", "--label", "maker=flag", "-o"];
  await gantry("build", "--target", "TOOL", ...flags, "type=oci,dest=tool-image");
  const tool = await imageOf(`oci:${folder}/tool-image`);
  assert.deepEqual(paths(tool), ["tool-2"]);
  assert.deepEqual(tool.config.config?.Labels, { version: "2", maker: "flag" });
  await gantry("build", ...flags, "type=oci,dest=last");
  const last = await imageOf(`oci:${folder}/last`);
  assert.deepEqual(paths(last), ["bin", "bin/tool-2"]);
  assert.deepEqual(last.config.config?.Labels, { maker: "flag" }, "nothing of the other stage");
});

test("two platforms are an index, each with its own files, whether a stage or a default says which", async (t) => {
  const { folder, gantry } = createInProcess(t);
  const { host } = await startLogged(t);
  writeFiles(folder, {
    Dockerfile:
      "FROM scratch\nARG TARGETARCH\nARG TARGETVARIANT\nCOPY ${TARGETARCH:-amd64}/server /server\nENV A=${TARGETARCH}${TARGETVARIANT}\n",
    "undeclared.Dockerfile": "FROM scratch\nCOPY ${TARGETARCH:-amd64}/server /server\n",
    "amd64/server": "for amd64",
    "arm/server": "for arm",
  });
  const platforms = [amd64, "linux/arm/v7"];
  const flags = ["--platform", platforms.join(","), "--push", "-t"];
  await gantry("build", ...flags, `${host}/declared`);
  const declared = await imagesOf(`${host}/declared`, ...platforms);
  assert.deepEqual(
    declared.map(({ layers, config }) => [
      config.architecture,
      layers[0]?.[0]?.text,
      config.config?.Env?.at(-1),
    ]),
    [
      ["amd64", "for amd64", "A=amd64"],
      ["arm", "for arm", "A=armv7"],
    ],
  );
  await gantry("build", "-f", "undeclared.Dockerfile", ...flags, `${host}/undeclared`);
  const undeclared = await imagesOf(`${host}/undeclared`, ...platforms);
  assert.deepEqual(
    undeclared.map(({ layers }) => layers[0]?.[0]?.text),
    ["for amd64", "for amd64"],
    "a stage knows an automatic variable only when it declares it, as in BuildKit",
  );
});

test("FROM takes a registry from an ARG, and what the base has is kept", async (t) => {
  const { folder, gantry } = createInProcess(t);
  const { host } = await startLogged(t);
  writeFiles(folder, {
    "base/Dockerfile":
      'FROM scratch\nCOPY passwd /etc/passwd\nENV FROM=base PATH=/bin\nENTRYPOINT ["/base"]\nCMD ["old"]\nONBUILD ENV TRIGGERED=yes\n',
    "base/passwd": "app:x:100:101::/:/\n",
    Dockerfile:
      'ARG REGISTRY=registry.invalid\nFROM ${REGISTRY}/base\nENV PATH=/app/bin:$PATH\nCOPY --chown=app file /etc/\nENTRYPOINT ["/own"]\n',
    file: "file",
  });
  const flags = ["--platform", amd64, "--push", "-t"];
  await gantry("build", "base", ...flags, `${host}/base`);
  await gantry("build", "--build-arg", `REGISTRY=${host}`, ...flags, `${host}/own`);
  const image = await imageOf(`${host}/own`);
  assert.deepEqual(image.layers.map(brief), [
    ["etc directory 755 0:0", "etc/passwd file 644 0:0"],
    ["etc/file file 644 100:101"],
  ]);
  const { Env, Entrypoint, Cmd, OnBuild } = image.config.config ?? {};
  assert.deepEqual(Env, ["PATH=/app/bin:/bin", "FROM=base", "TRIGGERED=yes"]);
  assert.deepEqual([Entrypoint, Cmd, OnBuild], [["/own"], undefined, undefined]);
});

test("a second build uploads nothing, and its digest does not depend on times, owners or the folder", async (t) => {
  const { folder, gantry } = createInProcess(t);
  const registry = await startLogged(t);
  const files = {
    Dockerfile: "FROM scratch AS a\nCOPY . /all/\nFROM scratch\nCOPY --from=a /all /b\nWORKDIR /w\n",
    "x/y": "1",
    z: "2",
  };
  const digests = [];
  for (const [at, context] of ["one", "two"].entries()) {
    writeFiles(join(folder, context), files);
    for (const path of ["x/y", "z", "x", "Dockerfile"]) {
      chmodSync(join(folder, context, path), path === "x" ? 0o755 : 0o644);
      utimesSync(join(folder, context, path), 1e9 + at * 1e8, 1e9 + at * 1e8);
    }
    const tag = `${registry.host}/same:1`;
    digests.push(await gantry("build", context, "--platform", amd64, "-t", tag, "--push"));
    assert.equal(registry.acts("upload").length > 0, at === 0, "only the first one uploads");
    registry.forget();
  }
  assert.equal(digests[0], digests[1]);
});

test("SOURCE_DATE_EPOCH is the time of the files, of the folders that are made and of the image", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { Dockerfile: "FROM scratch\nCOPY a /new/a\n", a: "a" });
  const { status, stderr } = await run(["build", "--platform", amd64, "-o", "type=oci,dest=out"], {
    env: { SOURCE_DATE_EPOCH: "1700000000" },
  });
  assert.equal(status, 0, stderr);
  const { layers, config } = await imageOf(`oci:${folder}/out`);
  assert.deepEqual(
    layers.flat().map(({ mtime }) => mtime),
    [1_700_000_000, 1_700_000_000],
  );
  assert.equal(config.created, "2023-11-14T22:13:20Z");
});

test("--print shows a Dockerfile's plan as JSON, and nothing is built or asked", async (t) => {
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, { Dockerfile: "FROM scratch\nCOPY a /x/a\nUSER 1:2\n", a: "a" });
  const plans = JSON.parse(
    await gantry("build", "--print", "--platform", amd64, "-t", "localhost:1/me/shop"),
  ) as Record<string, { images: { layers: { createdBy: string; entries: object[] }[]; config: object }[] }>;
  assert.deepEqual(Object.keys(plans), ["shop"]);
  const [image] = plans.shop!.images;
  assert.equal(image?.layers[0]?.createdBy, "COPY a /x/a # buildkit");
  assert.deepEqual(image.layers[0].entries.at(-1), {
    path: "/x/a",
    type: "file",
    mode: "0644",
    owner: "0:0",
    size: 1,
    source: join(folder, "a"),
  });
});

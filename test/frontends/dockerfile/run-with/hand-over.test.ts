import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  build,
  checkDockerfile,
  plan,
  type BuildResult,
  type DockerfileRequest,
  type GantryEvent,
} from "../../../../src/index.js";
import { writeFakeDocker, type FakeEngine } from "../../../support/fake-engine.js";
import { writeHandLayout, type HandImage } from "../../../support/hand-layout.js";
import { ownOptions } from "../../../support/own-options.js";
import { gone, isRunning, written } from "../../../support/processes.js";
import { writeFiles } from "../../../support/write-files.js";

/** What the engine made of a stage, whichever it was. */
const made: HandImage = {
  platform: { architecture: "amd64" },
  config: { Env: ["PATH=/bin", "MADE=yes"], WorkingDir: "/work" },
  more: { history: [{ created_by: "RUN by the engine" }] },
};

interface Setup {
  readonly folder: string;
  readonly engine: FakeEngine;
  readonly events: GantryEvent[];
  readonly options: Parameters<typeof build>[1] & { readonly cacheDir: string };
  /** Builds for amd64 unless it says otherwise. */
  build(request?: Partial<DockerfileRequest>): Promise<BuildResult>;
}

async function setup(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  {
    image = made,
    ...fake
  }: { readonly image?: HandImage } & Partial<Parameters<typeof writeFakeDocker>[1]> = {},
): Promise<Setup> {
  const { system, cacheDir } = await ownOptions(t);
  const folder = system.cwd;
  writeFiles(folder, files);
  const layout = join(folder, ".made");
  writeHandLayout(layout, [image]);
  const engine = writeFakeDocker(folder, { layout, ...fake });
  const events: GantryEvent[] = [];
  const options = {
    cacheDir,
    system: { ...system, env: { PATH: engine.path } },
    context: folder,
    outputs: [{ type: "oci" as const, dest: join(folder, ".out") }],
    onEvent: (event: GantryEvent) => void events.push(event),
  };
  return {
    ...{ folder, engine, events, options },
    async build(request = {}) {
      const [result] = await build(
        { name: "app", dockerfile: "Dockerfile", platforms: ["linux/amd64"], runWith: "docker", ...request },
        options,
      );
      return result!;
    },
  };
}

/** The values of a flag in a command line. */
function valuesOf(flag: string, args: readonly string[]): readonly string[] {
  return args.flatMap((arg, index) => (arg === flag ? [args[index + 1]!] : []));
}

/** What is built, and the stages that an engine is asked for. */
const cuts: readonly (readonly [
  name: string,
  dockerfile: string,
  targets: readonly (string | undefined)[],
])[] = [
  ["nothing where no stage has RUN", "FROM scratch AS a\nCOPY f /\nFROM a\n", []],
  ["nothing of a stage that is not needed", "FROM scratch AS a\nRUN x\nFROM scratch\nCOPY f /\n", []],
  ["a base", "FROM scratch AS a\nRUN x\nFROM a\nCOPY f /\n", ["a"]],
  ["what is copied from", "FROM scratch AS a\nRUN x\nFROM scratch\nCOPY --from=a / /\n", ["a"]],
  ["the target", "FROM scratch AS a\nRUN x\n", ["a"]],
  [
    "the last of those that build on each other",
    "FROM scratch AS a\nRUN x\nFROM a AS b\nENV B=1\nFROM b AS c\nRUN y\nFROM c\nCOPY f /\n",
    ["c"],
  ],
  [
    "each once where two are needed",
    "FROM scratch AS a\nRUN x\nFROM a AS b\nRUN y\nFROM b\nCOPY --from=a / /\nCOPY --from=b / /\nCOPY --from=a / /x/\n",
    ["a", "b"],
  ],
  [
    "not the one that only such a stage copies from",
    "FROM scratch AS a\nRUN x\nFROM scratch AS b\nRUN y\nCOPY --from=a / /\nFROM b\nCOPY f /\n",
    ["b"],
  ],
  [
    "a stage that a trigger copies from",
    "FROM scratch AS a\nRUN x\nFROM scratch AS b\nONBUILD COPY --from=a / /x\nFROM b\n",
    ["a"],
  ],
  [
    "a stage to which its base leaves RUN",
    "FROM scratch AS a\nONBUILD RUN x\nFROM a AS b\nFROM b\nCOPY f /\n",
    ["b"],
  ],
];

for (const [name, Dockerfile, targets] of cuts) {
  test(`handed over is ${name}`, async (t) => {
    const { engine, build } = await setup(t, { Dockerfile, f: "f" });
    await build();
    assert.deepEqual(
      engine.calls().map(({ args }) => valuesOf("--target", args)[0]),
      targets,
    );
  });
}

test("a base image that leaves RUN to a stage has it handed over", async (t) => {
  const { folder, engine, build } = await setup(t, {
    Dockerfile: "FROM base AS a\nFROM a\nCOPY f /\n",
    f: "f",
  });
  const leaving = { ...made, config: { OnBuild: ["ENV A=1", "run x"] } };
  writeHandLayout(join(folder, "base"), [leaving]);
  await build({ contexts: { base: "oci-layout://base" } });
  assert.deepEqual(valuesOf("--target", engine.calls()[0]!.args), ["a"]);
});

test("a stage that only the trigger of an image copies from is handed over", async (t) => {
  const { folder, engine, build } = await setup(t, {
    Dockerfile: "FROM engine.invalid/base AS below\nFROM below AS a\nRUN x\nFROM base\n",
  });
  writeHandLayout(join(folder, "base"), [{ ...made, config: { OnBuild: ["COPY --from=a / /x"] } }]);
  await build({ contexts: { base: "oci-layout://base" } });
  assert.deepEqual(
    engine.calls().map(({ args }) => valuesOf("--target", args)),
    [["a"]],
  );
});

test("a stage goes on where the engine's image ends, in history, configuration and layers", async (t) => {
  const { build } = await setup(t, {
    Dockerfile: "FROM scratch AS a\nRUN x\nFROM a\nCOPY f .\nENV A=$MADE\n",
    f: "f",
  });
  const { images, artifact } = await build();
  const [{ config, layers }] = images as [BuildResult["images"][0]];
  assert.deepEqual(
    config.history?.map(({ created_by }) => created_by),
    ["RUN by the engine", "COPY f . # buildkit", "ENV A=yes"],
  );
  assert.deepEqual(config.config, { Env: ["PATH=/bin", "MADE=yes", "A=yes"], WorkingDir: "/work" });
  assert.equal(layers.length, 2);
  const manifest = JSON.parse(Buffer.from((artifact as { bytes: Uint8Array }).bytes).toString()) as object;
  // Nobody could find the engine's image, so that none is named as the base.
  assert.equal("annotations" in manifest, false);
});

test("ARG of a stage that is handed over is there in one that begins with it, as it was set", async (t) => {
  const { build } = await setup(t, {
    Dockerfile: [
      "ARG GLOBAL=g",
      "FROM scratch AS zero",
      "ARG A=1",
      "ENV B=b$A",
      "ONBUILD ARG T=t$B",
      "FROM zero AS a",
      "ARG A=2 GLOBAL",
      "ARG C=$A$B$GLOBAL",
      "RUN x",
      "FROM a",
      "ENV ALL=$A-$B-$C-$T-$MADE",
    ].join("\n"),
  });
  const { images } = await build({ buildArgs: { A: "3" } });
  assert.ok(
    images[0]!.config.config!.Env!.includes("ALL=3-b3-3b3g-tb3-yes"),
    String(images[0]!.config.config!.Env),
  );
});

test("what an engine's image leaves by ONBUILD is for the stage that begins with it", async (t) => {
  const { build } = await setup(
    t,
    { Dockerfile: "FROM scratch AS a\nRUN x\nONBUILD ENV LEFT=1\nFROM a\nENV B=1\n" },
    { image: { ...made, config: { Env: ["PATH=/bin"], OnBuild: ["ENV LEFT=1"] } } },
  );
  assert.deepEqual((await build()).images[0]!.config.config, { Env: ["PATH=/bin", "LEFT=1", "B=1"] });
  // The target itself keeps it.
  const { images } = await build({ target: "a" });
  assert.deepEqual(images[0]!.config.config, { Env: ["PATH=/bin"], OnBuild: ["ENV LEFT=1"] });
});

test("a target that an engine made has its layers and history, and the request's labels", async (t) => {
  const { build } = await setup(t, { Dockerfile: "FROM scratch\nRUN x\n" });
  const { images } = await build({ labels: { by: "me" } });
  const [{ config, layers }] = images as [BuildResult["images"][0]];
  assert.deepEqual(config.history, [{ created_by: "RUN by the engine" }]);
  assert.deepEqual(config.config?.Labels, { by: "me" });
  assert.equal(layers.length, 1);
});

test("files of a stage that an engine made are copied out of it", async (t) => {
  const { build } = await setup(t, {
    Dockerfile: "FROM scratch AS a\nRUN x\nFROM scratch\nCOPY --from=a / /all/\n",
  });
  const [image] = (await build()).plan.images;
  assert.equal(image!.base, undefined);
  assert.deepEqual(
    image!.layers[0]!.entries.map(({ path }) => path),
    ["all"],
  );
});

test("a stage without a name of its own is handed over as the last of its file", async (t) => {
  const lines = [
    ...["FROM scratch", "RUN one", "FROM scratch AS twice", "RUN two"],
    ...["FROM scratch AS twice", "COPY --from=0 / /0/", "COPY --from=1 / /1/"],
  ];
  const { engine, build } = await setup(t, { Dockerfile: `${lines.join("\n")}\n` });
  await build();
  assert.deepEqual(
    engine.calls().map(({ args, dockerfile }) => [valuesOf("--target", args), dockerfile]),
    [
      [[], lines.slice(0, 2).join("\n")],
      [[], lines.slice(0, 4).join("\n")],
    ],
  );
});

test("the engine gets the file, its rules, arguments and contexts as Gantry reads them", async (t) => {
  const { folder, engine, build } = await setup(t, {
    "docker/app.Dockerfile": "FROM scratch AS a\nARG TARGETSTAGE\nRUN x\nFROM a AS last\nCOPY f /\n",
    "docker/app.Dockerfile.dockerignore": "own\n",
    ".dockerignore": "not this\n",
    f: "f",
  });
  await build({ dockerfile: "docker/app.Dockerfile", buildArgs: { A: "1" }, contexts: { files: "docker" } });
  const [{ args, dockerfile, ignore }] = engine.calls() as [ReturnType<FakeEngine["calls"]>[0]];
  assert.equal(ignore, "own\n");
  assert.match(dockerfile, /^FROM scratch AS a\n/);
  assert.equal(args.at(-1), folder);
  assert.deepEqual(valuesOf("--build-arg", args), ["SOURCE_DATE_EPOCH=0", "TARGETSTAGE=last", "A=1"]);
  assert.deepEqual(valuesOf("--build-context", args), [`files=${join(folder, "docker")}`]);
  assert.match(valuesOf("--file", args)[0]!, /\/app\.Dockerfile$/);
});

test("a last stage without a name is called default in TARGETSTAGE, as BuildKit calls it", async (t) => {
  const { engine, build } = await setup(t, {
    Dockerfile: "FROM scratch AS a\nARG TARGETSTAGE\nRUN x\nFROM a\nLABEL a=b\n",
  });
  await build();
  const [{ args }] = engine.calls() as [ReturnType<FakeEngine["calls"]>[0]];
  assert.deepEqual(valuesOf("--build-arg", args), ["SOURCE_DATE_EPOCH=0", "TARGETSTAGE=default"]);
});

test("one call for each stage and platform, and a step of progress with its output for each", async (t) => {
  const { engine, events, build } = await setup(
    t,
    { Dockerfile: "FROM scratch AS a\nRUN x\nFROM scratch\nCOPY --from=a / /\n" },
    {
      says: "one\n\u001b[31mtwo\u001b[0m\rthree",
    },
  );
  await build({ platforms: ["linux/amd64", "linux/arm64"] });
  assert.deepEqual(
    engine.calls().map(({ args }) => valuesOf("--platform", args)),
    [["linux/amd64"], ["linux/arm64"]],
  );
  const steps = events.filter((event) => event.type === "step-start" && event.kind === "run");
  assert.deepEqual(
    steps.map((step) => step.type === "step-start" && [step.image, step.name]),
    [
      ["app", "stage a by docker (linux/amd64)"],
      ["app", "stage a by docker (linux/arm64)"],
    ],
  );
  const lines = events.flatMap((event) => (event.type === "step-output" ? [event.line] : []));
  assert.deepEqual(lines, ["one", "two", "three", "one", "two", "three"]);
});

test("without a cache the engine has none either", async (t) => {
  const { engine, options } = await setup(t, { Dockerfile: "FROM scratch\nRUN x\n" });
  const request = { dockerfile: "Dockerfile", platforms: ["linux/amd64"], runWith: "docker" } as const;
  await plan(request, options);
  await plan(request, { ...options, noCache: true });
  assert.deepEqual(
    engine.calls().map(({ args }) => args.includes("--no-cache")),
    [false, true],
  );
});

test("nothing of the engine's is left when the build is over", async (t) => {
  const { options, build } = await setup(t, { Dockerfile: "FROM scratch\nRUN x\n" });
  await build();
  assert.deepEqual(readdirSync(join(options.cacheDir, "tmp")), []);
});

test("an engine that fails is told with its status and last lines, and nothing is left", async (t) => {
  const said = Array.from({ length: 20 }, (_, line) => `line ${line}`).join("\n");
  const { folder, options, build } = await setup(
    t,
    { Dockerfile: "FROM scratch AS a\nRUN x\n" },
    { says: said, status: 7 },
  );
  await assert.rejects(build(), {
    code: "ERR_GANTRY_ENGINE",
    message: [
      "docker buildx ended with 7 for the stage a (Dockerfile, line 1); its last lines:",
      ...said
        .split("\n")
        .slice(8)
        .map((line) => `  ${line}`),
    ].join("\n"),
  });
  assert.equal(existsSync(join(folder, ".out")), false);
  assert.deepEqual(readdirSync(join(options.cacheDir, "tmp")), []);
});

test("a docker without buildx is told as such", async (t) => {
  const says = "unknown flag: --progress";
  const { build } = await setup(t, { Dockerfile: "FROM scratch AS a\nRUN x\n" }, { says, status: 125 });
  await assert.rejects(build(), { message: /\(Dockerfile, line 1\); it has no buildx: install docker's/ });
});

test("an interrupt ends the engine, and nothing is left", async (t) => {
  const { folder, engine, options } = await setup(
    t,
    { Dockerfile: "FROM scratch\nRUN x\n" },
    { waits: true },
  );
  const stop = new AbortController();
  const reason = new Error("stopped");
  const building = build(
    { dockerfile: "Dockerfile", platforms: ["linux/amd64"], runWith: "docker" },
    { ...options, signal: stop.signal },
  );
  building.catch(() => undefined);
  const pid = Number(await written(join(engine.path, "pid")));
  assert.ok(isRunning(pid));
  stop.abort(reason);
  await assert.rejects(building, reason);
  await gone(pid);
  assert.equal(existsSync(join(folder, ".out")), false);
  assert.deepEqual(readdirSync(join(options.cacheDir, "tmp")), []);
});

test("an engine that is not there is told before anything is asked", async (t) => {
  const { events, build } = await setup(t, {
    Dockerfile: "FROM registry.invalid/a AS a\nRUN x\nFROM registry.invalid/b\nCOPY --from=a / /\n",
  });
  await assert.rejects(build({ runWith: "buildah" }), {
    code: "ERR_GANTRY_ENGINE",
    message: "RUN is to be handed to buildah, which is not on the PATH: install it, or name docker, which is",
  });
  assert.deepEqual(events, []);
});

test("no engine is needed where nothing is to be run", async (t) => {
  const { build } = await setup(t, { Dockerfile: "FROM scratch\nCOPY f /\n", f: "f" });
  assert.equal((await build({ runWith: "buildctl" })).images.length, 1);
});

test("RUN is not both left out and handed over", async (t) => {
  const { build } = await setup(t, { Dockerfile: "FROM scratch\nRUN x\n" });
  await assert.rejects(build({ ignoreRun: true }), {
    code: "ERR_GANTRY_USAGE",
    message: "RUN is to be left out and to be handed to docker: leave --ignore-run or --run-with out",
  });
});

test("an engine that wrote no image is told as such", async (t) => {
  const { folder, build } = await setup(t, { Dockerfile: "FROM scratch\nRUN x\n" });
  mkdirSync(join(folder, "empty"));
  writeFakeDocker(folder, { layout: join(folder, "empty") });
  await assert.rejects(build(), { code: "ERR_GANTRY_NOT_FOUND" });
});

test("checks are made of the file, but what only the engine's stages begin with is not asked for", async (t) => {
  const { events, engine, build } = await setup(t, {
    Dockerfile: "FROM registry.invalid/tools AS a\nRUN $x\nFROM scratch\nCOPY --from=a / /\nMAINTAINER me\n",
  });
  await build();
  assert.deepEqual(
    events.flatMap((event) => (event.type === "step-start" && event.kind === "base" ? [event.name] : [])),
    ["list base stage a by docker (linux/amd64)"],
  );
  assert.deepEqual(
    events.flatMap((event) => (event.type === "warning" ? [event.message.split(":", 1)[0]] : [])),
    ["MaintainerDeprecated"],
  );
  assert.equal(engine.calls().length, 1);
});

test("a check that is an error comes before the engine", async (t) => {
  const { engine, build } = await setup(t, {
    Dockerfile: "# check=error=true\nFROM scratch AS a\nRUN x\nMAINTAINER me\n",
  });
  await assert.rejects(build(), /MaintainerDeprecated/);
  assert.deepEqual(engine.calls(), []);
});

test("a RUN that is to be handed over is nothing to mend", async (t) => {
  const { options } = await setup(t, { Dockerfile: "FROM scratch\nRUN x\n" });
  const request = { dockerfile: "Dockerfile", platforms: ["linux/amd64"] } as const;
  const rules = async (runWith?: "docker") =>
    (await checkDockerfile({ ...request, runWith }, options)).warnings.map(({ ruleName }) => ruleName);
  assert.deepEqual([await rules(), await rules("docker")], [["RunNotSupported"], []]);
});

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build, checkDockerfile, type GantryEvent } from "../../../../src/index.js";
import { startFaultRegistry } from "../../../support/fault-registry.js";
import { scratchFolder } from "../../../support/scratch-folder.js";
import { writeContext } from "../cases/context.js";
import { checked } from "./checked.js";

function names({
  warnings,
}: {
  readonly warnings: readonly { readonly ruleName: string }[];
}): readonly string[] {
  return warnings.map(({ ruleName }) => ruleName);
}

test("a result is the JSON of BuildKit's: each line is a range, the file is base64", async (t) => {
  const dockerfile = "FROM scratch\nENV a=$b \\\n  c=d\nBADCMD\n";
  const { warnings, sources, buildError } = await checked(t, dockerfile.replace("BADCMD\n", ""));
  assert.deepEqual(
    { warnings, sources, buildError },
    {
      warnings: [
        {
          ruleName: "UndefinedVar",
          description: "Variables should be defined before their use",
          url: "https://docs.docker.com/go/dockerfile/rule/undefined-var/",
          detail: "Usage of undefined variable '$b'",
          location: {
            ranges: [
              { start: { line: 2 }, end: { line: 2 } },
              { start: { line: 3 }, end: { line: 3 } },
            ],
          },
        },
      ],
      sources: [
        {
          filename: "Dockerfile",
          language: "Dockerfile",
          data: Buffer.from("FROM scratch\nENV a=$b \\\n  c=d\n").toString("base64"),
        },
      ],
      buildError: undefined,
    },
  );
  const failed = await checked(t, dockerfile);
  assert.deepEqual(failed.buildError, {
    message: "dockerfile parse error on line 4: unknown instruction: BADCMD",
    location: { ranges: [{ start: { line: 4 }, end: { line: 4 } }] },
  });
});

test("without a target all stages are checked, with one those that it needs", async (t) => {
  const dockerfile = "FROM scratch AS a\nCMD a\nFROM scratch AS b\nWORKDIR b\nFROM a\nENV c c\n";
  assert.deepEqual(names(await checked(t, dockerfile)), [
    "JSONArgsRecommended",
    "WorkdirRelativePath",
    "LegacyKeyValueFormat",
  ]);
  const ofB = await checked(t, dockerfile, { request: { target: "b" } });
  assert.deepEqual(names(ofB), ["WorkdirRelativePath"]);
  const { buildError } = await checked(t, dockerfile, { request: { target: "none" } });
  assert.match(buildError!.message, /^target stage "none" could not be found/);
});

test("the platform and the build arguments are those of the request", async (t) => {
  const dockerfile =
    "FROM --platform=$P scratch AS a\nEXPOSE ${TARGETARCH:-1}\nARG TARGETARCH\nEXPOSE $TARGETARCH\n";
  const { buildError } = await checked(t, dockerfile, {
    request: { platforms: ["linux/arm64", "linux/amd64"], buildArgs: { P: "linux/386", TARGETVARIANT: "x" } },
  });
  assert.equal(
    buildError?.message,
    "dockerfile parse error on line 1: empty platform value from expression $P",
  );
  const declared = await checked(t, `ARG P\n${dockerfile}`, {
    request: { platforms: ["linux/arm64", "linux/amd64"], buildArgs: { P: "linux/386" } },
  });
  assert.equal(declared.buildError?.message, "invalid containerPort: arm64");
});

test("a RUN is no error of a check; left out on purpose, or in a stage that is replaced, it is not told of", async (t) => {
  const dockerfile = "FROM scratch AS build\nRUN make\nFROM scratch\nCOPY --from=build /x /\nRUN more\n";
  const plain = await checked(t, dockerfile);
  assert.deepEqual(
    plain.warnings.map(({ detail }) => detail),
    [
      'RUN in the stage "build" is needed and would be refused',
      'RUN in the stage "stage-1" is needed and would be refused',
    ],
  );
  assert.equal(plain.buildError, undefined);
  assert.deepEqual(names(await checked(t, dockerfile, { request: { ignoreRun: true } })), []);
  const replaced = await checked(t, dockerfile, { request: { contexts: { build: "." } } });
  assert.deepEqual(names(replaced), ["RunNotSupported"]);
  const skipped = await checked(t, "FROM scratch\n# check=skip=RunNotSupported\nRUN make\n");
  assert.deepEqual(names(skipped), []);
});

test("files that are missing are for the build to find", async (t) => {
  const { warnings, buildError } = await checked(t, "FROM scratch\nCOPY missing /\nCOPY missing/* /\n");
  assert.deepEqual([warnings, buildError], [[], undefined]);
});

test("of a base manifests and the configuration are asked, and nothing else", async (t) => {
  const front = await startFaultRegistry(t);
  const name = `${front.host}/base:1`;
  const folder = await scratchFolder(t);
  const cacheDir = join(folder, "cache");
  await build(
    { tags: [name], platforms: ["linux/amd64"], env: { KNOWN: "1" } },
    { cacheDir: join(folder, "other"), outputs: [{ type: "registry" }] },
  );
  const before = front.seen.length;
  writeContext(folder, { name: "", dockerfile: `FROM ${name}\nENV a=$KNOWN b=$KNOWM\n` });
  const { warnings } = await checkDockerfile(
    { dockerfile: "Dockerfile", platforms: ["linux/amd64"] },
    { context: folder, cacheDir },
  );
  assert.deepEqual(
    warnings.map(({ detail }) => detail),
    ["Usage of undefined variable '$KNOWM' (did you mean $KNOWN?)"],
  );
  const asked = front.seen.slice(before).map(({ method }) => method);
  assert.ok(
    asked.length <= 3 && asked.every((method) => method === "GET" || method === "HEAD"),
    asked.join(),
  );
});

test("a registry that does not answer is told of, and what hangs on its answer is not checked", async (t) => {
  const front = await startFaultRegistry(t, () => ({ status: 403 }));
  const dockerfile = `FROM ${front.host}/base:1 AS a\nENV b=$c\nCMD d\nFROM a\nENV e=$f\nFROM scratch\nENV g=$h\n`;
  const { warnings, buildError, events } = await checked(t, dockerfile);
  assert.deepEqual(
    warnings.map(({ ruleName, location }) => [ruleName, location.ranges![0]!.start.line]),
    [
      ["JSONArgsRecommended", 3],
      ["UndefinedVar", 7],
    ],
  );
  assert.equal(buildError, undefined);
  const told = events.filter((event) => event.type === "warning");
  assert.deepEqual(
    told.map(({ code }) => code),
    ["GANTRY_BASE_UNKNOWN"],
  );
  assert.match(told[0]!.message, /^base \S+\/base:1 \(linux\/amd64\) could not be asked, so /);
});

test("a base that is not there is an error of the file", async (t) => {
  const front = await startFaultRegistry(t);
  const { buildError } = await checked(t, `FROM scratch\nCMD x\nFROM ${front.host}/none:1\n`);
  assert.match(buildError!.message, /none:1/);
  assert.deepEqual(buildError!.location.ranges, [{ start: { line: 3 }, end: { line: 3 } }]);
});

test("what is wrong with the request is thrown", async (t) => {
  const request = { buildArgs: { BUILDKIT_DOCKERFILE_CHECK: "nope" } };
  await assert.rejects(checked(t, "FROM scratch\n", { request }), {
    code: "ERR_GANTRY_USAGE",
    message:
      'failed to parse --build-arg BUILDKIT_DOCKERFILE_CHECK: invalid check option "nope"; expected skip=RULE,…, error=true or experimental=RULE,…, with a semicolon between them',
  });
  await assert.rejects(checked(t, "FROM scratch\n", { request: { dockerfile: "Other" } }), {
    code: "ERR_GANTRY_SPEC_NOT_FOUND",
  });
  await assert.rejects(checkDockerfile({ dockerfile: "Dockerfile", nope: 1 } as never), {
    code: "ERR_GANTRY_SPEC_INVALID",
  });
});

test("a check stops when it is told to", async (t) => {
  const front = await startFaultRegistry(t, () => ({ silent: true }) as never);
  const folder = await scratchFolder(t);
  writeContext(folder, { name: "", dockerfile: `FROM ${front.host}/base:1\n` });
  const controller = new AbortController();
  const reason = new Error("enough");
  const onEvent = ({ type }: GantryEvent) => {
    if (type === "step-start") controller.abort(reason);
  };
  const options = { context: folder, cacheDir: join(folder, "cache"), signal: controller.signal, onEvent };
  await assert.rejects(checkDockerfile({ dockerfile: "Dockerfile" }, options), reason);
});

test("a build warns under the rule's name, and is made", async (t) => {
  const folder = await scratchFolder(t);
  const context = join(folder, "context");
  mkdirSync(context);
  const dockerfile = "FROM scratch as a\nCMD x\nFROM scratch\nARG TARGETARCH=amd64\nCOPY no* /\n";
  writeContext(context, { name: "", dockerfile });
  const events: GantryEvent[] = [];
  const options = {
    context,
    cacheDir: join(folder, "cache"),
    onEvent: (event: GantryEvent) => events.push(event),
  };
  const platforms = ["linux/amd64", "linux/arm64"];
  const [built] = await build({ name: "app", dockerfile: "Dockerfile", platforms }, options);
  assert.equal(built!.images.length, 2);
  assert.deepEqual(
    events.filter(({ type }) => type === "warning"),
    [
      {
        type: "warning",
        image: "app",
        code: "FromAsCasing",
        message: "FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)",
      },
      {
        type: "warning",
        image: "app",
        code: "ArgShadowsAutomaticPlatformArg",
        message:
          'ArgShadowsAutomaticPlatformArg: ARG TARGETARCH is "amd64" whatever the platform of the build is (line 4)',
      },
      {
        type: "warning",
        image: "app",
        code: "EmptyWildcard",
        message: 'EmptyWildcard: COPY wildcard "no*" matches no file of the context (line 5)',
      },
    ],
  );
});

test("error=true fails a build before a file is looked at or anything is written", async (t) => {
  const folder = await scratchFolder(t);
  const context = join(folder, "context");
  mkdirSync(context);
  const dockerfile = "# check=error=true\nFROM scratch as a\nCOPY missing /\nCMD x\n";
  writeContext(context, { name: "", dockerfile });
  const cacheDir = join(folder, "cache");
  const events: GantryEvent[] = [];
  await assert.rejects(
    build(
      { name: "app", dockerfile: "Dockerfile" },
      { context, cacheDir, onEvent: (event) => events.push(event) },
    ),
    {
      code: "ERR_GANTRY_DOCKERFILE_INVALID",
      message: "lint violation found for rules: FromAsCasing, JSONArgsRecommended",
    },
  );
  assert.deepEqual(
    events.map(({ type }) => type),
    ["warning", "warning"],
  );
  assert.equal(existsSync(cacheDir), false);
});

test("error=true is docker's, so that Gantry's own rules fail nothing", async (t) => {
  const { buildError, warnings } = await checked(t, "# check=error=true\nFROM scratch\nRUN x\nCOPY no* /\n");
  assert.equal(buildError, undefined);
  assert.deepEqual(names({ warnings }), ["RunNotSupported", "EmptyWildcard"]);
});

test("a check option that is none says what is allowed, and where it stands", async (t) => {
  const cases = {
    "error=maybe": /"maybe": invalid syntax; write error=true or error=false$/,
    "foo=bar": /invalid check option "foo"; expected skip=RULE,…, error=true or experimental=RULE,…/,
  };
  for (const [option, message] of Object.entries(cases)) {
    const { buildError } = await checked(t, `# check=${option}\nFROM scratch\n`);
    assert.match(buildError!.message, message);
    assert.deepEqual(buildError!.location?.ranges, [{ start: { line: 1 }, end: { line: 1 } }]);
  }
});

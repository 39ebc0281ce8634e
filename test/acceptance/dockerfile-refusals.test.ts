import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { createInProcess } from "../support/in-process.js";
import { startLogged } from "../support/logged-registry.js";
import { writeFiles } from "../support/write-files.js";

/** What each Dockerfile is refused with: the first line after "gantry: ", and lines of the excerpt that it marks. */
const refused: readonly {
  readonly name: string;
  readonly dockerfile: string;
  readonly says: string | RegExp;
  readonly marks?: string;
}[] = [
  {
    name: "a source that is missing",
    dockerfile: "FROM scratch\nCOPY nothing /x\n",
    says: /^Dockerfile, line 2: failed to calculate checksum: "\/nothing": not found in the context \S+$/,
    marks: "COPY nothing /x",
  },
  {
    name: "a source that is left out",
    dockerfile: "FROM scratch\nCOPY b.log /x\n",
    says: 'Dockerfile, line 2: failed to calculate checksum: "/b.log": not found (.dockerignore leaves it out)',
    marks: "COPY b.log /x",
  },
  {
    name: "an instruction that there is not",
    dockerfile: "FROM scratch\n\ncopi a /x\n",
    says: 'dockerfile parse error on line 3: unknown instruction: copi (did you mean "COPY"?)',
    marks: "copi a /x",
  },
  {
    name: "a flag that there is not",
    dockerfile: "FROM scratch\nCOPY --chwon=1 a /x\n",
    says: 'dockerfile parse error on line 2: unknown flag: --chwon (did you mean "chown"?)',
    marks: "COPY --chwon=1 a /x",
  },
  {
    name: "an instruction before the first FROM",
    dockerfile: "COPY a /x\nFROM scratch\n",
    says: "no build stage in current context: nothing but ARG may stand before the first FROM",
    marks: "COPY a /x",
  },
  {
    name: "a file without a stage",
    dockerfile: "ARG A\n",
    says: "dockerfile contains no stages to build: Dockerfile has no FROM",
  },
  {
    name: "a platform that there is not",
    dockerfile: "FROM --platform=linux/quux scratch\n",
    says: 'dockerfile parse error on line 1: failed to parse platform linux/quux: invalid platform "linux/quux": unknown architecture "quux"',
    marks: "FROM --platform=linux/quux scratch",
  },
  {
    name: "an owner who is nobody",
    dockerfile: "FROM scratch\nCOPY passwd /etc/passwd\nCOPY --chown=ap a /x\n",
    says: 'Dockerfile, line 3: no user "ap": /etc/passwd has root, app (did you mean "app"?)',
    marks: "COPY --chown=ap a /x",
  },
  {
    name: "several files for one name",
    dockerfile: "FROM scratch\nCOPY a passwd /x\n",
    says: /^Dockerfile, line 2: When using COPY with more than one source file, the destination must be a directory and end with a \/$/,
    marks: "COPY a passwd /x",
  },
  {
    name: "the language of another frontend",
    dockerfile: "# syntax=registry.example/own/frontend:2\nFROM scratch\n",
    says: /^Dockerfile is written for the frontend "registry\.example\/own\/frontend:2", .* leave the syntax line out/,
    marks: "# syntax=registry.example/own/frontend:2",
  },
  {
    name: "folders kept by --parents",
    dockerfile: "FROM scratch\nCOPY --parents a /x/\n",
    says: /^Dockerfile, line 2: COPY --parents is not there yet/,
    marks: "COPY --parents a /x/",
  },
  {
    name: "a download",
    dockerfile: "FROM scratch\nARG AT=https://host.invalid\nADD $AT/a /x\n",
    says: /^Dockerfile, line 3: ADD https:\/\/host\.invalid\/a: nothing is downloaded yet; download it before/,
    marks: "ADD $AT/a /x",
  },
  {
    name: "a repository",
    dockerfile: "FROM scratch\nADD git@host.invalid:me/it.git /x\n",
    says: /^Dockerfile, line 2: ADD git@host\.invalid:me\/it\.git: nothing is downloaded yet/,
    marks: "ADD git@host.invalid:me/it.git /x",
  },
  {
    name: "a COPY of a URL",
    dockerfile: "FROM scratch\nCOPY https://host.invalid/a /x\n",
    says: /^Dockerfile, line 2: source can't be a URL for COPY: https:\/\/host\.invalid\/a; download it before/,
    marks: "COPY https://host.invalid/a /x",
  },
  {
    name: "a checksum of a file of the context",
    dockerfile: "FROM scratch\nADD --checksum=sha256:00 a /x\n",
    says: /^Dockerfile, line 2: checksum requires HTTP\(S\) or Git sources/,
    marks: "ADD --checksum=sha256:00 a /x",
  },
];

for (const { name, dockerfile, says, marks } of refused) {
  test(`refused with its line and what to do: ${name}`, async (t) => {
    const { folder, run } = createInProcess(t);
    writeFiles(folder, {
      Dockerfile: dockerfile,
      ".dockerignore": "*.log\n",
      a: "a",
      "b.log": "b",
      passwd: "root:x:0:0::/:/\napp:x:1:1::/:/\n",
    });
    writeFileSync(join(folder, "packed"), gzipSync("anything"));
    const { status, stdout, stderr } = await run(["build", "--progress", "quiet", "-o", "type=oci,dest=out"]);
    const [first = "", ...excerpt] = stderr.split("\n");
    const message = first.replace(/^gantry: /, "");
    if (typeof says === "string") assert.equal(message, says);
    else assert.match(message, says);
    assert.deepEqual(
      excerpt.filter((line) => line.includes(">>>")).map((line) => line.replace(/^.*>>> /, "")),
      marks === undefined ? [] : [marks],
    );
    assert.deepEqual([status, stdout, existsSync(join(folder, "out"))], [2, "", false]);
  });
}

test("ADD copies what is no archive, and one that it is told not to unpack", async (t) => {
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, {
    Dockerfile: "FROM scratch\nADD not.tar.gz empty.tar /x/\nADD --unpack=false packed /x/\n",
    "not.tar.gz": "words",
    "empty.tar": "",
  });
  writeFileSync(join(folder, "packed"), gzipSync("anything"));
  const plan = await gantry("build", "--print");
  for (const path of ["/x/not.tar.gz", "/x/empty.tar", "/x/packed"]) assert.ok(plan.includes(`"${path}"`));
});

test("C46 a RUN that the target needs is refused before anything is asked or written", async (t) => {
  const { folder, run } = createInProcess(t);
  const registry = await startLogged(t);
  writeFiles(folder, {
    Dockerfile: [
      `FROM ${registry.host}/base AS build`,
      "WORKDIR /app",
      "RUN npm ci \\",
      "  --omit=dev",
      `FROM ${registry.host}/base`,
      "COPY --from=build /app /app",
      "RUN touch /done",
      "",
    ].join("\n"),
  });
  const flags = ["--platform", "linux/amd64,linux/arm64", "-t", `${registry.host}/app:1`, "--push"];
  const { status, stdout, stderr } = await run(["build", "--progress", "quiet", ...flags]);
  assert.deepEqual(stderr.split("\n"), [
    "gantry: Dockerfile needs RUN for the stage stage-1, and Gantry executes nothing: " +
      "line 3 (stage build), line 7 (stage stage-1); build outside of the image and COPY the result, " +
      "or give what the stage makes in its place: --build-context build=DIR",
    "Dockerfile:3",
    "--------------------",
    "   2 |     WORKDIR /app",
    "   3 | >>> RUN npm ci \\",
    "   4 | >>>   --omit=dev",
    `   5 |     FROM ${registry.host}/base`,
    "--------------------",
    "",
  ]);
  assert.deepEqual([status, stdout, registry.log.length], [2, "", 0]);
  assert.equal(existsSync(join(folder, ".gantry")), false, "not even a cache");
});

test("a RUN in a stage that the target does not need does not matter", async (t) => {
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, {
    Dockerfile:
      "FROM registry.invalid/tools AS build\nRUN make\nFROM scratch AS files\nCOPY a /a\nFROM build\nRUN test\n",
    a: "a",
  });
  assert.match(await gantry("build", "--target", "files"), /^\S+@sha256:/);
});

test("a RUN that a base left for who builds on it is refused with the FROM", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  const registry = await startLogged(t);
  writeFiles(folder, {
    "base/Dockerfile": "FROM scratch\nONBUILD RUN install\n",
    Dockerfile: `FROM ${registry.host}/base\n`,
  });
  await gantry("build", "base", "-t", `${registry.host}/base`, "--push");
  const { status, stderr } = await run(["build", "--progress", "quiet"]);
  assert.match(
    stderr,
    /^gantry: Dockerfile, line 1: Gantry executes nothing, and this needs it: RUN install\n/,
  );
  assert.equal(status, 2);
});

test("flags and files that contradict a Dockerfile are usage errors that name them", async (t) => {
  const { folder, run } = createInProcess(t);
  const spec = JSON.stringify({ name: "spec", files: { "/a": { content: "a" } } });
  writeFiles(folder, {
    "both/Dockerfile": "FROM scratch\n",
    "both/gantry.config.json": spec,
    "spec/gantry.config.json": spec,
    "own/Dockerfile": "FROM scratch AS one\nFROM scratch\n",
    "none/a": "",
  });
  const cases: readonly (readonly [args: string, says: RegExp])[] = [
    [
      "both",
      /both has both Dockerfile and gantry\.config\.json: say which, with -f both\/Dockerfile or --config both\/gantry\.config\.json$/,
    ],
    ["both -f both/Dockerfile --config both/gantry.config.json", /-f and --config name two descriptions/],
    ["own --env A=b", /--env has no meaning with a Dockerfile: write ENV in it$/],
    ["own --add a:/a", /--add has no meaning with a Dockerfile: write COPY in it$/],
    ["own --only one", /with a Dockerfile give --target$/],
    ["own --preserve-mode", /--preserve-mode has no meaning with a Dockerfile/],
    ["own --assume-new /bin", /--assume-new has no meaning with a Dockerfile/],
    ["own --target noe", /target stage "noe" could not be found \(did you mean "one"\?\)$/],
    ["own --target other", /target stage "other" could not be found; Dockerfile has one$/],
    ["own --build-arg A", /--build-arg A: expected NAME=VALUE$/],
    ["own -f -", /not read from standard input: write it to a file/],
    ["own -f own", /own is a folder: name the Dockerfile in it$/],
    ["own -f other", /there is no Dockerfile \S+other: name one with -f$/],
    ["none --target one", /there is no Dockerfile \S+none\/Dockerfile: name one with -f$/],
    ["none", /write one or a Dockerfile, or describe the image with --base$/],
    ["spec --target one", /--target is for a Dockerfile, and gantry\.config\.json is a spec file$/],
    ["spec --build-arg A=b", /--build-arg is for a Dockerfile, and gantry\.config\.json is a spec file$/],
    [
      "own --base scratch --target one",
      /--base makes the flags the whole request, so --target has no meaning/,
    ],
    ["own --base scratch --ignore-run", /so --ignore-run has no meaning with it$/],
    [
      "spec --build-context a=b",
      /--build-context is for a Dockerfile, and gantry\.config\.json is a spec file$/,
    ],
    ["own --build-context one=ftp://x", /context one is "ftp:\S+": expected a folder, docker-image:/],
    ["own --base scratch --build-arg A=b", /so --build-arg has no meaning with it$/],
  ];
  for (const [args, says] of cases) {
    const { status, stdout, stderr } = await run(["build", "--progress", "quiet", ...args.split(" ")]);
    assert.match(stderr.split("\n")[0]!, says, args);
    assert.deepEqual([status, stdout], [2, ""], args);
  }
  for (const flag of ["-f both/Dockerfile", "--config both/gantry.config.json"]) {
    const { status, stderr } = await run(["build", "both", ...flag.split(" ")]);
    assert.equal(status, 0, stderr);
  }
});

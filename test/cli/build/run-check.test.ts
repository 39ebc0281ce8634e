import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { CheckResult } from "../../../src/index.js";
import { createInProcess } from "../../support/in-process.js";
import { writeFiles } from "../../support/write-files.js";

test("--check prints the warnings in the order of their lines as docker does, and ends with 1", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { Dockerfile: "FROM scratch AS a\nCMD x\nFROM a as b\nRUN make\n" });
  const { status, stdout, stderr } = await run(["build", "--check", ".", "-t", "localhost:1/a:1", "--push"]);
  assert.equal(stderr, "");
  assert.equal(status, 1);
  assert.equal(
    stdout,
    `Check complete, 3 warnings have been found!

WARNING: JSONArgsRecommended - https://docs.docker.com/go/dockerfile/rule/json-args-recommended/
JSON arguments recommended for CMD to prevent unintended behavior related to OS signals
Dockerfile:2
--------------------
   1 |     FROM scratch AS a
   2 | >>> CMD x
   3 |     FROM a as b
   4 |     RUN make
--------------------

WARNING: FromAsCasing - https://docs.docker.com/go/dockerfile/rule/from-as-casing/
'as' and 'FROM' keywords' casing do not match
Dockerfile:3
--------------------
   1 |     FROM scratch AS a
   2 |     CMD x
   3 | >>> FROM a as b
   4 |     RUN make
   5 |     
--------------------

WARNING: RunNotSupported - docs/dockerfile.md#runnotsupported
RUN in the stage "b" is needed and would be refused
Dockerfile:4
--------------------
   2 |     CMD x
   3 |     FROM a as b
   4 | >>> RUN make
   5 |     
--------------------
`,
  );
  assert.deepEqual(readdirSync(folder), ["Dockerfile"]);
});

test("--check with nothing to tell ends with 0, and writes nothing", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { "build/app.Dockerfile": "FROM scratch\nCOPY missing /\n" });
  const args = ["--check", "-f", "build/app.Dockerfile", "-o", "type=oci,dest=out", "--iidfile", "iid"];
  assert.deepEqual(await run(["build", ".", ...args]), {
    status: 0,
    stdout: "Check complete, no warnings found.\n",
    stderr: "",
  });
  assert.deepEqual(readdirSync(folder), ["build"]);
});

test("--check --json prints the result as BuildKit has it", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { Dockerfile: "FROM scratch AS a\nENV a b\nFROM scratch\nENV c d\n" });
  const { status, stdout, stderr } = await run(["build", "--check", "--json", "--target", "a", "."]);
  assert.deepEqual([status, stderr], [1, ""]);
  const { warnings, sources } = JSON.parse(stdout) as CheckResult;
  assert.deepEqual(
    warnings.map(({ ruleName, location }) => [ruleName, location.ranges![0]!.start.line]),
    [["LegacyKeyValueFormat", 2]],
  );
  assert.equal(sources[0]!.filename, "Dockerfile");
});

test("--check takes --build-arg and --platform", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, {
    Dockerfile: "ARG P=linux/amd64\nFROM --platform=$P scratch\nARG TARGETARCH\nWORKDIR $TARGETARCH\nCMD x\n",
  });
  const skip = ["--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=JSONArgsRecommended"];
  const { stdout } = await run(["build", "--check", "--platform", "linux/s390x", ...skip, "."]);
  assert.match(stdout, /^Check complete, 1 warning has been found!\n\nWARNING: WorkdirRelativePath/);
  assert.match(stdout, /^Relative workdir "s390x" /m);
});

test("an error of the file comes after the warnings, and ends with 1", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { Dockerfile: "FROM scratch AS A\nCOPY x\n" });
  const { status, stdout, stderr } = await run(["build", "--check", "."]);
  assert.deepEqual([status, stderr], [1, ""]);
  const [, failure] = stdout.split("\n\nERROR: ");
  assert.equal(
    failure,
    `dockerfile parse error on line 2: COPY requires at least two arguments, but only one was provided. Destination could not be determined
Dockerfile:2
--------------------
   1 |     FROM scratch AS A
   2 | >>> COPY x
   3 |     
--------------------
`,
  );
});

test("control characters of a Dockerfile do not reach the terminal", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { Dockerfile: "FROM scratch\nARG P=1:80/UDP\nEXPOSE 1\u001b[31m:80/UDP\n" });
  const { stdout } = await run(["build", "--check", "."]);
  assert.ok(!stdout.includes("\u001b"));
  assert.match(stdout, /found '1\?\[31m:80\/UDP'/);
});

test("what --check has no meaning for is a usage error", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { "gantry.config.json": '{ "base": "scratch" }' });
  for (const [args, says] of [
    [["--check", "."], "--check is for a Dockerfile: name one with -f"],
    [["--check", "--base", "scratch", "."], "--check is for a Dockerfile: name one with -f"],
    [["--check", "--print", "."], "--check and --print exclude each other: choose one"],
    [["--json", "."], "--json is for --check: give both, or --print for the whole plan"],
  ] as const)
    assert.deepEqual(await run(["build", ...args]), { status: 2, stdout: "", stderr: `gantry: ${says}\n` });
});

test("a build tells its violations in one line each, and error=true fails it", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { Dockerfile: "FROM scratch\nCMD x\nLABEL a b\n" });
  const args = ["build", ".", "--progress", "plain", "-o", "type=oci,dest=out"];
  const built = await run(args);
  assert.equal(built.status, 0);
  const told = built.stderr.split("\n").filter((line) => line.startsWith("warning: "));
  assert.deepEqual(
    told.map((line) => line.replace(/\[[^\]]*\] /, "")),
    [
      "warning: JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals (line 2)",
      'warning: LegacyKeyValueFormat: "LABEL key=value" should be used instead of legacy "LABEL key value" format (line 3)',
    ],
  );
  writeFiles(folder, { Dockerfile: "# check=error=true\nFROM scratch\nCMD x\n" });
  const failed = await run([...args.slice(0, -1), "type=oci,dest=other"]);
  assert.equal(failed.status, 2);
  assert.match(failed.stderr, /^gantry: lint violation found for rules: JSONArgsRecommended\n$/m);
  assert.equal(existsSync(join(folder, "other")), false);
});

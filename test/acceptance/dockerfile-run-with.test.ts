import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { writeFakeDocker } from "../support/fake-engine.js";
import { writeHandLayout } from "../support/hand-layout.js";
import { createInProcess } from "../support/in-process.js";
import { startLogged } from "../support/logged-registry.js";
import { writeFiles } from "../support/write-files.js";

test("--run-with has the stages with RUN made, tells what was said, and pushes the rest under every tag", async (t) => {
  const { folder, run } = createInProcess(t);
  const registry = await startLogged(t);
  writeFiles(folder, {
    Dockerfile: "FROM registry.invalid/tools AS build\nRUN make\nFROM build\nCOPY a /a\n",
    a: "a",
  });
  const layout = join(folder, "made");
  writeHandLayout(layout, [{ platform: { architecture: "amd64" } }]);
  const engine = writeFakeDocker(folder, { layout, says: "#1 make" });
  const tags = ["app:1", "other:2"].flatMap((name) => ["-t", `${registry.host}/${name}`]);
  const flags = ["--run-with", "docker", "--platform", "linux/amd64", ...tags];
  const env = { PATH: engine.path };
  const { status, stdout, stderr } = await run(["build", "--push", "--progress", "plain", ...flags], { env });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /^ {2}\| #1 make\n(?:.*\n)*\[\S+\] stage build by docker: done in \d/m);
  const [, digest] = /@(sha256:\S+)/.exec(stdout)!;
  for (const name of ["app:1", "other:2"]) {
    const { stdout: told } = await run(["inspect", "--json", `${registry.host}/${name}`]);
    const { descriptor, layers } = JSON.parse(told) as { descriptor: { digest: string }; layers: unknown[] };
    assert.deepEqual([descriptor.digest, layers.length], [digest, 2]);
  }
});

test("--print has the engine make its stages too, since the plan depends on them", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, {
    Dockerfile: "FROM scratch AS build\nRUN make\nFROM scratch\nCOPY --from=build / /all/\n",
  });
  const layout = join(folder, "made");
  writeHandLayout(layout, [{ platform: { architecture: "amd64" } }]);
  const engine = writeFakeDocker(folder, { layout });
  const flags = ["build", "--print", "--run-with", "docker", "--platform", "linux/amd64"];
  const { status, stdout, stderr } = await run(flags, { env: { PATH: engine.path } });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /"createdBy": "COPY \/ \/all\/ # buildkit"/);
  assert.equal(engine.calls().length, 1);
});

test("a Dockerfile may be called output, and what its engine says of it has no password", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { output: "FROM scratch AS build\nRUN make\n" });
  const engine = writeFakeDocker(folder, {
    layout: folder,
    says: "#1 ADD https://me:secret@host.invalid/f /f",
    status: 3,
  });
  const flags = ["-f", "output", "--run-with", "docker", "--platform", "linux/amd64", "--progress", "plain"];
  const { status, stderr } = await run(["build", ...flags], { env: { PATH: engine.path } });
  assert.match(
    stderr,
    /docker buildx ended with 3 .*its last lines:\n {2}#1 ADD https:\/\/xxxxx@host\.invalid/,
  );
  assert.doesNotMatch(stderr, /secret/);
  assert.equal(status, 1);
});

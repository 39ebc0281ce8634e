import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "../../src/index.js";
import { createSandbox, type Sandbox } from "../support/cli.js";
import { ownOptions } from "../support/own-options.js";
import { lacking, tool } from "../support/tools.js";

const build = ["build", "--base", "scratch", "--add", "a.txt:/a.txt", "--platform", "linux/arm64"];
const skip = process.platform === "win32" && "the engine is a shell script";

test("--load hands docker an image that skopeo reads, under every tag", { skip }, async (t) => {
  const { folder, run } = sandboxWithEngines(createSandbox(t), {
    docker: 'echo "$@" > called; cat > loaded.tar',
  });
  const { status, stdout, stderr } = await run([...build, "-t", "app:1", "-t", "r.example/app:2", "--load"]);
  assert.equal(status, 0, stderr);
  assert.equal(readFileSync(join(folder, "called"), "utf8"), "load\n");
  const digest = stdout.trim().split("@")[1]!;
  const options = await ownOptions(t);
  const inFolder = { ...options, system: { ...options.system, cwd: folder } };
  for (const tag of ["app:1", "r.example/app:2"]) {
    const found = await inspect(`docker-archive:loaded.tar:${tag}`, inFolder);
    assert.equal(found.descriptor.digest, digest);
  }
  if (lacking("skopeo") !== false) return;
  const archive = `docker-archive:${join(folder, "loaded.tar")}:app:1`;
  const config = JSON.parse(await tool("skopeo", "inspect", "--config", archive)) as { architecture: string };
  assert.equal(config.architecture, "arm64");
});

test(
  "--load takes podman where there is no docker, and says what else to do where there is neither",
  { skip },
  async (t) => {
    const { folder, run } = sandboxWithEngines(createSandbox(t), { podman: "cat > loaded.tar" });
    assert.equal((await run([...build, "-t", "app:1", "--load"])).status, 0);
    assert.ok(existsSync(join(folder, "loaded.tar")));
    const { status, stdout, stderr } = await run([...build, "-t", "app:1", "--load"], {
      env: { PATH: folder },
    });
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
    assert.match(stderr, /^gantry: docker or podman is not on the PATH.*-o type=docker,dest=FILE\.tar/m);
  },
);

test("an engine that fails ends the build with 1 and the engine's own words", { skip }, async (t) => {
  const { run } = sandboxWithEngines(createSandbox(t), {
    docker: 'echo "Cannot connect to the Docker daemon" >&2; exit 1',
  });
  const { status, stdout, stderr } = await run([...build, "-t", "app:1", "--load"]);
  assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
  assert.match(stderr, /^gantry: .*Cannot connect to the Docker daemon/m);
});

/** A sandbox with a file to add and, on the PATH, nothing but these engines and the shell's own programs. */
function sandboxWithEngines(
  { folder, run }: Sandbox,
  engines: Readonly<Record<string, string>>,
): Pick<Sandbox, "folder" | "run"> {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(folder, "a.txt"), "a\n");
  for (const [name, script] of Object.entries(engines)) {
    // The engine gets the PATH of the sandbox, which has no cat.
    writeFileSync(join(bin, name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return {
    folder,
    run: (args, options = {}) => run(args, { ...options, env: { PATH: bin, ...options.env } }),
  };
}

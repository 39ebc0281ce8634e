import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createSandbox } from "../support/cli.js";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const skip = existsSync("/dev/full") ? false : "there is no /dev/full";

function shell(
  script: string,
  folder: string,
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  const env = { PATH: process.env.PATH, HOME: folder, NODE: process.execPath, MAIN: main };
  return new Promise((resolve) => {
    execFile("sh", ["-c", script], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const full =
  "gantry: standard output: no space left on device: what was written is not whole; make room or write elsewhere, and run it again\n";

test(
  "results that a full disk does not take are a failure in one line, whatever the command",
  { skip },
  async (t) => {
    const { folder } = createSandbox(t);
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
    const commands = [
      "build . --print",
      "build . --check --json",
      "build . --progress quiet",
      "images ls --json",
      "build --help",
      "--version",
    ];
    for (const command of commands) {
      const { status, stderr } = await shell(`"$NODE" "$MAIN" ${command} >/dev/full`, folder);
      assert.deepEqual({ status, stderr }, { status: 1, stderr: full }, command);
    }
  },
);

test("an archive that a full disk does not take is a failure in one line", { skip }, async (t) => {
  const { folder } = createSandbox(t);
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
  for (const type of ["docker", "oci"]) {
    const args = `build . -t app -o type=${type},dest=- --progress quiet`;
    const { status, stderr } = await shell(`"$NODE" "$MAIN" ${args} >/dev/full`, folder);
    assert.equal(status, 1);
    assert.match(stderr, /^gantry: writing [^\n]+: no space left on device: [^\n]+\n$/);
  }
});

test("a write that is cut short is no whole one", async (t) => {
  const { folder } = createSandbox(t);
  const { status, stderr } = await shell(`ulimit -f 1; exec "$NODE" "$MAIN" build --help >out`, folder);
  assert.equal(status, 1);
  assert.match(stderr, /^gantry: standard output: file too large: [^\n]+\n$/);
  const written = readFileSync(join(folder, "out"), "utf8");
  assert.ok(written.length > 0 && written.length <= 1024, String(written.length));
});

test("a file has all that was written", async (t) => {
  const { folder, gantry } = createSandbox(t);
  await shell(`"$NODE" "$MAIN" build --help >out`, folder);
  assert.equal(readFileSync(join(folder, "out"), "utf8"), await gantry("build", "--help"));
});

test("progress and messages that nobody can have fail nothing", { skip }, async (t) => {
  const { folder } = createSandbox(t);
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
  const built = await shell(`"$NODE" "$MAIN" build . -t app 2>/dev/full`, folder);
  assert.equal(built.status, 0);
  assert.match(built.stdout, /^app@sha256:[0-9a-f]{64}\n$/);
  assert.equal((await shell(`"$NODE" "$MAIN" build . --nope 2>/dev/full`, folder)).status, 2);
  assert.equal((await shell(`"$NODE" "$MAIN" build . -t app >/dev/full 2>/dev/full`, folder)).status, 1);
});

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createInProcess } from "../support/in-process.js";
import { startBasic } from "../support/guarded-registry.js";

test("login --authfile checks and keeps credentials in that file alone, and logout --authfile forgets them there", async (t) => {
  const { folder, run } = createInProcess(t);
  const { host } = await startBasic(t, { me: "secret" });
  const file = join(folder, "ci/auth.json");
  const login = ["login", host, "-u", "me", "--password-stdin", "--authfile", "ci/auth.json"];
  const refused = await run(login, { input: "hunter2" });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^gantry: /);
  assert.equal(refused.stderr.includes("hunter2"), false);
  assert.equal(existsSync(file), false);

  const done = await run(login, { input: "secret\n" });
  assert.deepEqual(done, {
    status: 0,
    stdout: "",
    stderr: `Logged in to ${host} as me; stored in ${file}\n`,
  });
  assert.deepEqual(authsOf(file), { [host]: { auth: Buffer.from("me:secret").toString("base64") } });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(existsSync(join(folder, ".docker")), false, "docker's own file is left alone");

  writeFileSync(join(folder, "hello"), "hello\n");
  const build = ["build", "--base", "scratch", "--add", "hello:/hello", "-t", `${host}/app:1`, "--push"];
  assert.equal((await run(build)).status, 1);
  assert.equal((await run([...build, "--authfile", "ci/auth.json"])).status, 0);

  const elsewhere = await run(["logout", host]);
  assert.deepEqual([elsewhere.status, elsewhere.stderr], [0, `There were no credentials for ${host}\n`]);
  const out = await run(["logout", host, "--authfile", "ci/auth.json"]);
  assert.deepEqual([out.status, out.stderr], [0, `Logged out of ${host}\n`]);
  assert.deepEqual(authsOf(file), {});
});

test("login keeps the other fields of docker's config, and a refused password changes nothing", async (t) => {
  const { folder, run } = createInProcess(t);
  const { host, users } = await startBasic(t, { me: "secret" });
  const file = join(folder, "config.json");
  const before = { auths: { "other.test": { auth: "eDp5" } }, detachKeys: "ctrl-x" };
  writeFileSync(file, JSON.stringify(before));
  const env = { DOCKER_CONFIG: folder };
  const login = ["login", host, "-u", "me", "--password-stdin"];
  assert.equal((await run(login, { input: "no", env })).status, 1);
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), before);
  assert.equal((await run(login, { input: "secret", env })).status, 0);
  const { auths, ...rest } = JSON.parse(readFileSync(file, "utf8")) as Record<
    string,
    Record<string, unknown>
  >;
  assert.deepEqual([Object.keys(auths!), rest], [["other.test", host], { detachKeys: "ctrl-x" }]);
  assert.deepEqual([...new Set(users())], ["me"]);
  assert.equal((await run(["logout", host], { env })).status, 0);
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), before);
});

function authsOf(file: string): unknown {
  return (JSON.parse(readFileSync(file, "utf8")) as { auths: unknown }).auths;
}

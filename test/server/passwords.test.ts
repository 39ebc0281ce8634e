import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import bcrypt from "bcryptjs";
import { createRegistry } from "../../src/registry.js";
import { createInProcess } from "../support/in-process.js";
import { makeFolder, startRegistry } from "./support.js";

const hash = (password: string) => bcrypt.hashSync(password, 4);
const sha1 = (password: string) => `{SHA}${createHash("sha1").update(password).digest("base64")}`;
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});

test("a registry with passwords answers those who have one, for every request, and asks all others", async (t) => {
  const htpasswd = join(await makeFolder(t), "users");
  const lines = [
    "# users",
    `ali:${hash("pass:word").replace("$2b$", "$2y$")}`,
    "",
    `eva:${sha1("secret")}`,
    "",
  ];
  writeFileSync(htpasswd, lines.join("\r\n"));
  const { url } = await startRegistry(t, { htpasswd });
  const ask = async (headers = {}, path = "/v2/", method = "GET") =>
    (await fetch(url + path, { headers, method })).status;
  assert.equal(await ask(basic("ali", "pass:word")), 200);
  assert.equal(await ask(basic("eva", "secret")), 200);
  const wrong = [
    {},
    basic("ali", "pass"),
    basic("eva", ""),
    basic("nobody", "secret"),
    { authorization: "Basic !" },
  ];
  for (const headers of [...wrong, { authorization: "Bearer pass:word" }])
    assert.equal(await ask(headers), 401);
  const paths = [
    "/v2/app/tags/list",
    "/v2/app/manifests/1",
    `/v2/app/blobs/sha256:${"0".repeat(64)}`,
    "/other",
  ];
  for (const path of paths) assert.equal(await ask({}, path), 401, path);
  assert.equal(await ask({}, "/v2/app/blobs/uploads/", "POST"), 401);
  const { headers } = await fetch(`${url}/v2/`);
  assert.match(headers.get("www-authenticate") ?? "", /^Basic realm="gantry"/);
});

test("a change of the password file counts from the next request on; one that becomes wrong changes nothing", async (t) => {
  const htpasswd = join(await makeFolder(t), "users");
  writeFileSync(htpasswd, `ali:${hash("old")}\n`);
  const { url } = await startRegistry(t, { htpasswd });
  const ask = async (password: string) =>
    (await fetch(`${url}/v2/`, { headers: basic("ali", password) })).status;
  assert.deepEqual([await ask("old"), await ask("new")], [200, 401]);
  writeFileSync(htpasswd, `ali:${hash("new")}\n\n`);
  assert.deepEqual([await ask("old"), await ask("new")], [401, 200]);
  writeFileSync(htpasswd, "ali:plain\n");
  utimesSync(htpasswd, 1, 1);
  assert.deepEqual([await ask("plain"), await ask("new")], [401, 200]);
});

test("a password file that is missing or has other hashes than bcrypt is refused, naming the line", async (t) => {
  const htpasswd = join(await makeFolder(t), "users");
  await assert.rejects(createRegistry({ htpasswd }), { code: "ERR_GANTRY_USAGE" });
  for (const bad of ["ali:secret", "ali:$apr1$x$y", "ali", `:${hash("x")}`]) {
    writeFileSync(htpasswd, `eva:${hash("x")}\n${bad}\n`);
    await assert.rejects(createRegistry({ htpasswd }), (error: Error) => {
      assert.match(
        error.message,
        /users, line 2: expected USER:HASH with a bcrypt hash; make it with "htpasswd -B"/,
      );
      assert.ok(!error.message.includes("secret"));
      return true;
    });
  }
});

test("Gantry logs in to a registry with passwords, pushes to it and reads it", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  writeFileSync(join(folder, "users"), `ali:${hash("secret")}\n`);
  const { host } = await startRegistry(t, { htpasswd: join(folder, "users") });
  const push = ["build", "--base", "scratch", "--add", "users:/users", "-t", `${host}/app:1`, "--push"];
  const refused = await run(push);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /log in with "gantry login/);
  await run(["login", host, "-u", "ali", "--password-stdin"], { input: "secret" });
  await gantry(...push);
  assert.equal(await gantry("tags", `${host}/app`), "1\n");
});

import assert from "node:assert/strict";
import { mkdir, readFile, readdir, readlink, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import type { CredentialHelper } from "../../src/http/credential-helper.js";
import { eraseCredentials, saveCredentials } from "../../src/http/credentials-store.js";
import { findCredentials, type CredentialOptions } from "../../src/http/credentials.js";
import { bareSystem } from "../places/registry/images.js";
import { auth, home } from "./credential-home.js";

const posix = { skip: process.platform === "win32" && "modes and links are those of Unix" };

async function userOf(
  options: CredentialOptions,
  registry = "r.test",
  repository?: string,
): Promise<string | undefined> {
  const { credential } = await findCredentials(options)(registry, repository);
  return credential?.type === "password" ? credential.username : credential?.token;
}

test("login keeps credentials as docker does: mode 0600, other fields kept, links followed", async (t) => {
  const folder = await home(t, { "real.json": { auths: { "other.test": auth("o") }, detachKeys: "ctrl-x" } });
  await mkdir(join(folder, ".docker"));
  await symlink(join(folder, "real.json"), join(folder, ".docker/config.json"));
  const system = bareSystem({}, folder);
  assert.equal(
    await saveCredentials({ registry: "r.test", username: "u", password: "p:w", system }),
    join(folder, ".docker/config.json"),
  );
  assert.equal((await stat(join(folder, "real.json"))).mode & 0o777, 0o600);
  const kept = JSON.parse(await readFile(join(folder, "real.json"), "utf8")) as {
    detachKeys: string;
    auths: object;
  };
  assert.equal(kept.detachKeys, "ctrl-x");
  assert.deepEqual(Object.keys(kept.auths), ["other.test", "r.test"]);
  assert.equal(await userOf({ system }), "u");
  assert.deepEqual(await readdir(join(folder, ".docker")), ["config.json"]);

  assert.equal(await eraseCredentials({ registry: "r.test", system }), true);
  assert.equal(await eraseCredentials({ registry: "r.test", system }), false);
  assert.equal(await userOf({ system }), undefined);
});

test("login to Docker Hub uses docker's own key", async (t) => {
  const folder = await home(t);
  const system = bareSystem({}, folder);
  await saveCredentials({ registry: "docker.io", username: "u", password: "p", system });
  const config = JSON.parse(await readFile(join(folder, ".docker/config.json"), "utf8")) as { auths: object };
  assert.deepEqual(Object.keys(config.auths), ["https://index.docker.io/v1/"]);
  assert.equal(await userOf({ system }, "docker.io", "library/debian"), "u");
});

test("login hands the secret to the configured helper and writes none", async (t) => {
  const folder = await home(t, { ".docker/config.json": { credsStore: "x" } });
  const calls: string[] = [];
  const helper: CredentialHelper = (suffix, verb, input) => {
    calls.push(`${suffix} ${verb} ${input}`);
    return Promise.resolve({ status: 0, output: "" });
  };
  const options = { registry: "r.test", system: bareSystem({}, folder), helper };
  assert.equal(
    await saveCredentials({ ...options, username: "u", password: "canary" }),
    "docker-credential-x",
  );
  assert.doesNotMatch(await readFile(join(folder, ".docker/config.json"), "utf8"), /canary/);
  await eraseCredentials(options);
  assert.deepEqual(calls, [
    'x store {"ServerURL":"r.test","Username":"u","Secret":"canary"}',
    "x erase r.test",
  ]);
});

test(
  "S30 whatever the umask, the file is its owner's alone, and so is the folder made for it",
  posix,
  async (t) => {
    const before = process.umask(0);
    t.after(() => process.umask(before));
    for (const files of [{}, { ".docker/config.json": "{}" }]) {
      const folder = await home(t, files);
      await saveCredentials({
        registry: "r.test",
        username: "u",
        password: "p",
        system: bareSystem({}, folder),
      });
      assert.equal((await stat(join(folder, ".docker/config.json"))).mode & 0o777, 0o600);
      if (Object.keys(files).length === 0)
        assert.equal((await stat(join(folder, ".docker"))).mode & 0o777, 0o700);
    }
  },
);

test(
  "S30 a link to nothing yet gets its file, as docker does; the link stays, and so does one to another link",
  posix,
  async (t) => {
    for (const target of ["../real/deep/config.json", "absolute"]) {
      const folder = await home(t);
      await mkdir(join(folder, ".docker"));
      const to = target === "absolute" ? join(folder, "real/deep/config.json") : target;
      await symlink(to, join(folder, ".docker/between.json"));
      await symlink("between.json", join(folder, ".docker/config.json"));
      const system = bareSystem({}, folder);
      await saveCredentials({ registry: "r.test", username: "u", password: "p", system });
      assert.equal(await readlink(join(folder, ".docker/config.json")), "between.json");
      assert.equal(await readlink(join(folder, ".docker/between.json")), to);
      assert.equal((await stat(join(folder, "real/deep/config.json"))).mode & 0o777, 0o600);
      assert.equal(await userOf({ system }), "u");
      assert.deepEqual(await readdir(join(folder, "real/deep")), ["config.json"], "nothing is left behind");
    }
  },
);

test("S30 links in a circle are an error that names the file", posix, async (t) => {
  const folder = await home(t);
  await mkdir(join(folder, ".docker"));
  await symlink("config.json", join(folder, ".docker/config.json"));
  const system = bareSystem({}, folder);
  await assert.rejects(saveCredentials({ registry: "r.test", username: "u", password: "p", system }), {
    code: "ERR_GANTRY_CREDENTIALS",
    message: /\.docker\/config\.json/,
  });
});

test("S30 logins at the same time leave one whole file and nothing beside it", async (t) => {
  const folder = await home(t);
  const system = bareSystem({}, folder);
  await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      saveCredentials({ registry: `r${at}.test`, username: "u", password: "p", system }),
    ),
  );
  const kept = JSON.parse(await readFile(join(folder, ".docker/config.json"), "utf8")) as { auths: object };
  assert.ok(Object.keys(kept.auths).length >= 1);
  assert.deepEqual(await readdir(join(folder, ".docker")), ["config.json"]);
});

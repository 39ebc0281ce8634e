import assert from "node:assert/strict";
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { runCredentialHelper, type CredentialHelper } from "../../src/http/credential-helper.js";
import { matchKey } from "../../src/http/credential-keys.js";
import { findCredentials, type CredentialOptions } from "../../src/http/credentials.js";
import { bareSystem } from "../places/registry/images.js";
import { auth, home } from "./credential-home.js";

async function userOf(
  options: CredentialOptions,
  registry = "r.test",
  repository?: string,
): Promise<string | undefined> {
  const { credential } = await findCredentials(options)(registry, repository);
  return credential?.type === "password" ? credential.username : credential?.token;
}

const table: readonly (readonly [string, string, string | undefined, boolean])[] = [
  ["r.test", "r.test", undefined, true],
  ["https://r.test", "r.test", undefined, true],
  ["http://r.test/", "r.test", undefined, true],
  ["https://r.test/v1/", "r.test", undefined, true],
  ["r.test/v2/", "r.test", "any/thing", true],
  ["r.test:5000", "r.test:5000", undefined, true],
  ["r.test", "r.test:5000", undefined, false],
  ["r.test:5000", "r.test", undefined, false],
  ["r.test", "r.test:443", undefined, true],
  ["r.test", "r.test:80", undefined, true],
  ["r.test:443", "r.test", undefined, false],
  ["r.test/team", "r.test", "team/app", true],
  ["r.test/team", "r.test", "team", true],
  ["r.test/team", "r.test", "teams/app", false],
  ["r.test/team", "r.test", undefined, false],
  ["*.test", "r.test", undefined, false],
  ["test", "r.test", undefined, false],
  ["sub.r.test", "r.test", undefined, false],
  ["https://index.docker.io/v1/", "docker.io", "library/debian", true],
  ["docker.io", "docker.io", undefined, true],
  ["index.docker.io", "docker.io", undefined, true],
  ["registry-1.docker.io", "docker.io", undefined, true],
  ["docker.io/team", "docker.io", "team/app", true],
  ["hub.docker.com", "docker.io", undefined, false],
  ["localhost:5000", "localhost:5000", undefined, true],
  ["[::1]:5000", "[::1]:5000", undefined, true],
  ["[::1]", "[::1]:5000", undefined, false],
  ["http://[::1]:5000/v2/", "[::1]:5000", "team/app", true],
  ["[::1]:5000/team", "[::1]:5000", "team/app", true],
  ["::1", "[::1]", undefined, false],
  ["http://r.test:5000/v1/", "r.test:5000", undefined, true],
  ["https://r.test:5000", "r.test:5001", undefined, false],
  ["https://r.test/team/app/", "r.test", "team/app", true],
  ["r.test/team/app", "r.test", "team/app/part", true],
  ["r.test/team/app", "r.test", "team", false],
  ["r.test:443/team", "r.test:443", "team/app", true],
  ["r.test/team", "r.test:443", "team/app", true],
  ["docker.io/library/debian", "docker.io", "library/debian", true],
  ["https://index.docker.io/v2/", "docker.io", "library/debian", true],
  ["https://index.docker.io/v1/access-token", "docker.io", "library/debian", false],
  ["https://index.docker.io/v1/refresh-token", "docker.io", undefined, false],
  ["docker.io", "docker.io.r.test", undefined, false],
  ["*.docker.io", "docker.io", undefined, false],
  ["r.test@sha256", "r.test", undefined, false],
  ["r.test:tag", "r.test", undefined, false],
  ["user@r.test", "r.test", undefined, false],
  ["127.0.0.1:5000", "localhost:5000", undefined, false],
  ["__proto__", "r.test", undefined, false],
  ["", "r.test", undefined, false],
];
for (const [key, registry, repository, matches] of table) {
  test(`E84 the key "${key}" ${matches ? "fits" : "does not fit"} ${registry}/${repository ?? ""}`, () => {
    assert.equal(matchKey([key], { registry, repository }), matches ? key : undefined);
  });
}

test("E84 the longest path that contains the repository wins", () => {
  const keys = ["r.test", "r.test/team", "r.test/team/app", "r.test/other"];
  assert.equal(matchKey(keys, { registry: "r.test", repository: "team/app/x" }), "r.test/team/app");
  assert.equal(matchKey(keys, { registry: "r.test", repository: "team/b" }), "r.test/team");
  assert.equal(matchKey(keys, { registry: "r.test", repository: "c" }), "r.test");
});

test("E85 sources are asked in their order and those without an entry are passed over", async (t) => {
  const folder = await home(t, {
    "flag.json": { auths: { "ghcr.io": auth("flag") } },
    "env.json": { auths: { "ghcr.io": auth("env") } },
    ".docker/config.json": { auths: { "ghcr.io": auth("docker") } },
    "run/containers/auth.json": { auths: { "ghcr.io": auth("podman") } },
    ".config/containers/auth.json": { auths: { "ghcr.io": auth("podman-config") } },
  });
  const variables: Record<string, string> = {
    REGISTRY_AUTH_FILE: join(folder, "env.json"),
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { "ghcr.io": auth("variable") } }),
    XDG_RUNTIME_DIR: join(folder, "run"),
    GITHUB_TOKEN: "t",
    GITHUB_ACTOR: "actor",
  };
  const ask = (extra: Partial<CredentialOptions> = {}) =>
    userOf({ system: bareSystem(variables, folder), ...extra }, "ghcr.io");
  assert.equal(
    await ask({ given: () => ({ username: "given", password: "x" }), authFile: join(folder, "flag.json") }),
    "given",
  );
  assert.equal(await ask({ given: () => undefined, authFile: join(folder, "flag.json") }), "flag");
  assert.equal(await ask(), "env");
  await writeFile(join(folder, "env.json"), "{}");
  assert.equal(await ask(), "variable");
  delete variables["DOCKER_AUTH_CONFIG"];
  assert.equal(await ask(), "docker");
  await writeFile(join(folder, ".docker/config.json"), JSON.stringify({ auths: { "ghcr.io": {} } }));
  assert.equal(await ask(), "podman");
  await rm(join(folder, "run"), { recursive: true });
  assert.equal(await ask(), "podman-config");
  await rm(join(folder, ".config"), { recursive: true });
  assert.equal(await ask(), "actor");
  assert.equal(await userOf({ system: bareSystem(variables, folder) }, "r.test"), undefined);
});

test("entries are read in all their forms", async (t) => {
  const folder = await home(t, {
    ".docker/config.json": {
      auths: {
        "colon.test": auth("u", "a:b:c"),
        "unpadded.test": { auth: auth("user1").auth.replace(/=+$/, "") },
        "plain.test": { username: "plain", password: "p" },
        "identity.test": { ...auth("x"), identitytoken: "refresh" },
        "registry.test": { registrytoken: "verbatim" },
        "broken.test": { auth: "bm8gY29sb24=" },
      },
    },
  });
  const find = findCredentials({ system: bareSystem({}, folder) });
  const source = join(folder, ".docker/config.json");
  assert.deepEqual((await find("colon.test")).credential, {
    type: "password",
    username: "u",
    password: "a:b:c",
    source,
  });
  assert.equal((await find("unpadded.test")).credential?.type, "password");
  assert.equal((await find("plain.test")).credential?.type, "password");
  assert.deepEqual((await find("identity.test")).credential, {
    type: "identity-token",
    token: "refresh",
    password: { username: "x", password: "pw" },
    source,
  });
  assert.deepEqual((await find("registry.test")).credential, {
    type: "registry-token",
    token: "verbatim",
    source,
  });
  await assert.rejects(find("broken.test"), { code: "ERR_GANTRY_CREDENTIALS" });
});

test("a file that is not JSON is named and not quoted, a named file that is missing is an error", async (t) => {
  const folder = await home(t, { ".docker/config.json": '{"auths": canary' });
  await assert.rejects(
    userOf({ system: bareSystem({}, folder) }),
    (error: Error) =>
      /config\.json is not valid JSON/.test(error.message) && !error.message.includes("canary"),
  );
  await assert.rejects(
    userOf({ system: bareSystem({}, folder), authFile: "nope.json" }),
    /nope\.json does not exist/,
  );
});

test("E86 a helper for the registry beats the store and the table, is asked once by 32 lookups, and may hold an identity token", async (t) => {
  const folder = await home(t, {
    ".docker/config.json": {
      auths: { "r.test": auth("table"), "s.test": auth("table") },
      credHelpers: { "r.test": "own" },
      credsStore: "store",
    },
  });
  const asked: string[] = [];
  const helper: CredentialHelper = (suffix, verb, input) => {
    asked.push(`${suffix} ${verb} ${input}`);
    const found =
      suffix === "own" ? { Username: "<token>", Secret: "identity" } : { Username: "stored", Secret: "pw" };
    return Promise.resolve({ status: 0, output: JSON.stringify(found) });
  };
  const find = findCredentials({ system: bareSystem({}, folder), helper });
  const many = await Promise.all(Array.from({ length: 32 }, () => find("r.test")));
  assert.ok(
    many.every(({ credential }) => credential?.type === "identity-token" && credential.token === "identity"),
  );
  assert.equal(await userOf({ system: bareSystem({}, folder), helper }, "s.test"), "stored");
  assert.deepEqual(asked, ["own get r.test", "store get s.test"]);
});

test("E86 a helper that knows nothing is passed over, one that fails leaves a note", async (t) => {
  const folder = await home(t, {
    ".docker/config.json": { auths: { "r.test": auth("table") }, credsStore: "x" },
  });
  const answers: readonly (readonly [{ status: number; output: string }, RegExp | undefined])[] = [
    [{ status: 1, output: "credentials not found in native keychain" }, undefined],
    [{ status: 1, output: "locked" }, /docker-credential-x failed: locked/],
    [{ status: 0, output: "<html>" }, /not JSON/],
  ];
  for (const [answer, note] of answers) {
    const find = findCredentials({ system: bareSystem({}, folder), helper: () => Promise.resolve(answer) });
    const { credential, notes } = await find("r.test");
    assert.equal(credential?.type, "password");
    assert.equal(notes.length, note === undefined ? 0 : 1);
    if (note !== undefined) assert.match(notes[0]!, note);
  }
});

async function helperOnPath(t: TestContext, script: string): Promise<Record<string, string>> {
  const folder = await home(t, { "bin/docker-credential-x": `#!/bin/sh\n${script}\n` });
  await chmod(join(folder, "bin/docker-credential-x"), 0o755);
  return { PATH: `relative:${join(folder, "bin")}:${process.env["PATH"]}` };
}

test(
  "E86 a real helper gets the registry on its input and its answer is read",
  { skip: process.platform === "win32" },
  async (t) => {
    const env = await helperOnPath(
      t,
      'read -r server\necho "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"u\\",\\"Secret\\":\\"$1\\"}"',
    );
    const { status, output } = await runCredentialHelper("x", "get", {
      input: "r.test\n".trim(),
      env,
      platform: "linux",
    });
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(output), { ServerURL: "r.test", Username: "u", Secret: "get" });
  },
);

test(
  "E86 a helper that hangs, writes without end, is missing or has a bad name is refused",
  { skip: process.platform === "win32" },
  async (t) => {
    const run = (env: Record<string, string>, suffix = "x", input = "r.test", timeout = 10_000) =>
      runCredentialHelper(suffix, "get", { input, env, platform: "linux", timeout });
    await assert.rejects(run(await helperOnPath(t, "exec sleep 600"), "x", "r.test", 1), /did not answer/);
    await assert.rejects(run(await helperOnPath(t, "exec yes"), "x"), /more than 1 MiB/);
    await assert.rejects(run({ PATH: "/nonexistent:." }), /not in PATH/);
    for (const name of ["../../tmp/x", "a;id", "a b", "-x", ""])
      await assert.rejects(run({}, name), /may hold only/);
    await assert.rejects(run({}, "x", "r.test\nother"), /control characters/);
  },
);

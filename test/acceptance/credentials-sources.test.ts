import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { inspect, nodeSystem, type InspectOptions } from "../../src/index.js";
import { randomImage } from "../support/random-image.js";
import { openSession, push } from "../places/registry/setup.js";
import { createSandbox } from "../support/cli.js";
import { startBasic, startGuarded } from "../support/guarded-registry.js";

const everything = { "*": ["pull", "push"] };
const skip = process.platform === "win32" && "the helper is a shell script";

test("E85 credentials come from the first place that has them: --authfile, REGISTRY_AUTH_FILE, DOCKER_AUTH_CONFIG, docker, podman", async (t) => {
  const sandbox = createSandbox(t);
  const { folder } = sandbox;
  const sources = ["flag", "registry-auth-file", "docker-auth-config", "docker", "podman-runtime", "podman"];
  const { host, registry, users, tokens } = await startGuarded(t, {
    users: Object.fromEntries(sources.map((user) => [user, { password: `${user}-pw`, grants: everything }])),
  });
  await push(openSession(t), randomImage(), [`${registry.host}/base:1`]);
  const auths = (user: string) =>
    JSON.stringify({ auths: { [host]: { auth: base64(`${user}:${user}-pw`) } } });
  const files = {
    flag: join(folder, "flag.json"),
    "registry-auth-file": join(folder, "variable.json"),
    docker: join(folder, ".docker/config.json"),
    "podman-runtime": join(folder, ".run/containers/auth.json"),
    podman: join(folder, ".config/containers/auth.json"),
  };
  for (const [user, file] of Object.entries(files)) write(file, auths(user));
  let env: Record<string, string | undefined> = {
    REGISTRY_AUTH_FILE: files["registry-auth-file"],
    DOCKER_AUTH_CONFIG: auths("docker-auth-config"),
  };
  const remove: Readonly<Record<string, () => void>> = {
    flag: () => undefined,
    "registry-auth-file": () => (env = { ...env, REGISTRY_AUTH_FILE: undefined }),
    "docker-auth-config": () => (env = { ...env, DOCKER_AUTH_CONFIG: undefined }),
    docker: () => rmSync(files.docker),
    "podman-runtime": () => rmSync(files["podman-runtime"]),
    podman: () => rmSync(files.podman),
  };
  for (const [at, user] of sources.entries()) {
    const before = tokens.requests.length;
    if (at === 0) {
      // As a user does, for a base and a destination.
      const { status, stderr } = await sandbox.run(
        [...buildOn(`${host}/base:1`, `${host}/app:1`), "--authfile", "flag.json"],
        { env },
      );
      assert.equal(status, 0, stderr);
    } else {
      await inspect(`${host}/app:1`, optionsIn(folder, env));
    }
    assert.deepEqual([...new Set(users().slice(before))], [user], "nobody else's password was sent");
    const scopes = tokens.requests
      .slice(before)
      .map(({ parameters }) => parameters.getAll("scope").toSorted().join(" "));
    assert.equal(new Set(scopes).size, scopes.length, "a token is asked for once for each scope");
    remove[user]!();
  }
  assert.equal(registry.acts("tag").filter(({ repository }) => repository === "app").length, 1);
  const { status, stderr } = await sandbox.run(["inspect", `${host}/app:1`]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    new RegExp(`^gantry: .*gantry login ${host}`, "m"),
    "anonymous is not enough, and it says so",
  );
});

test("a source without an entry for the registry is passed over for the next", async (t) => {
  const { folder, run } = createSandbox(t);
  const { host, users } = await startBasic(t, { ali: "pw" });
  writeFileSync(
    join(folder, "empty.json"),
    JSON.stringify({ auths: { "other.example": { auth: base64("x:y") } } }),
  );
  write(join(folder, ".docker/config.json"), JSON.stringify({ auths: {} }));
  write(join(folder, ".config/containers/auth.json"), authsFor(host, "ali:pw"));
  writeFileSync(join(folder, "a"), "a");
  const env = { REGISTRY_AUTH_FILE: join(folder, "empty.json"), DOCKER_AUTH_CONFIG: "{}" };
  const ran = await run(buildOn("scratch", `${host}/app:1`), { env });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual([...new Set(users())], ["ali"]);
});

test(
  "docker's config names a helper for the registry, a store for the rest, or an identity token",
  { skip },
  async (t) => {
    const sandbox = createSandbox(t);
    const { folder } = sandbox;
    const user = { password: "pw", grants: everything };
    const { host, users } = await startGuarded(t, {
      users: { helped: user, stored: user, identified: user },
    });
    helper(folder, "mine", "helped", "pw");
    helper(folder, "desk", "stored", "pw");
    helper(folder, "tokens", "<token>", "refresh-identified");
    helper(folder, "broken", undefined, "the keychain is locked");
    const env = { PATH: `${join(folder, "helpers")}:${process.env.PATH}` };
    writeFileSync(join(folder, "a"), "a");
    const configs: readonly (readonly [config: object, user: string])[] = [
      [
        {
          credHelpers: { [host]: "mine" },
          credsStore: "desk",
          auths: { [host]: { auth: base64("wrong:wrong") } },
        },
        "helped",
      ],
      [{ credHelpers: { "other.example": "mine" }, credsStore: "desk", auths: { [host]: {} } }, "stored"],
      [{ credsStore: "tokens" }, "refresh-identified (identity token)"],
      [
        { auths: { [host]: { auth: base64("ali:"), identitytoken: "refresh-identified" } } },
        "refresh-identified (identity token)",
      ],
    ];
    for (const [at, [config, expected]] of configs.entries()) {
      const before = users().length;
      write(join(folder, ".docker/config.json"), JSON.stringify(config));
      if (at === 0) {
        const { status, stderr } = await sandbox.run(buildOn("scratch", `${host}/app:1`), { env });
        assert.equal(status, 0, stderr);
      } else {
        await inspect(`${host}/app:1`, optionsIn(folder, env));
      }
      assert.deepEqual([...new Set(users().slice(before))], [expected], JSON.stringify(config));
    }
    write(join(folder, ".docker/config.json"), JSON.stringify({ credsStore: "broken" }));
    const { status, stderr } = await sandbox.run(buildOn("scratch", `${host}/app:1`), { env });
    assert.equal(status, 1);
    assert.match(stderr, /docker-credential-broken failed: the keychain is locked/);
  },
);

test("E90 a wrong password is sent once; the message names where it is from and what to do, not what it is", async (t) => {
  const { folder, run } = createSandbox(t);
  const { host, registry, tokens } = await startGuarded(t, {
    users: { ali: { password: "right", grants: everything } },
  });
  writeFileSync(join(folder, "a"), "a");
  write(join(folder, ".docker/config.json"), authsFor(host, "ali:canary-secret"));
  const { status, stdout, stderr } = await run(buildOn("scratch", `${host}/app:1`));
  assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
  assert.match(stderr, /^gantry: .*\.docker\/config\.json/m);
  assert.doesNotMatch(stderr, /canary|Y2FuYXJ5/);
  assert.equal(tokens.requests.length, 1);
  assert.deepEqual(registry.acts("tag", "manifest", "upload"), []);
});

test("a user without the right to push is told so, by registry and source", async (t) => {
  const { folder, run } = createSandbox(t);
  const { host, registry } = await startGuarded(t, {
    users: { ali: { password: "pw", grants: { "*": ["pull"] } } },
  });
  writeFileSync(join(folder, "a"), "a");
  write(join(folder, ".docker/config.json"), authsFor(host, "ali:pw"));
  const { status, stderr } = await run(buildOn("scratch", `${host}/app:1`));
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`^gantry: pushing to ${host}: .*\\.docker/config\\.json`, "m"));
  assert.deepEqual(registry.acts("tag", "manifest", "upload"), []);
});

test("what gantry login stores, later runs use, and gantry logout takes away", async (t) => {
  const { folder, run, gantry } = createSandbox(t);
  const { host, users } = await startGuarded(t, { users: { ali: { password: "pw", grants: everything } } });
  writeFileSync(join(folder, "a"), "a");
  const login = (password: string) =>
    run(["login", host, "-u", "ali", "--password-stdin"], { input: `${password}\n` });
  const wrong = await login("canary-secret");
  assert.equal(wrong.status, 1);
  assert.doesNotMatch(wrong.stderr, /canary/);
  assert.notEqual((await run(["inspect", `${host}/app:1`])).status, 0, "a refused password is not kept");
  const right = await login("pw");
  assert.equal(right.status, 0, right.stderr);
  const file = join(folder, ".docker/config.json");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(Object.keys((JSON.parse(readFileSync(file, "utf8")) as { auths: object }).auths), [host]);
  const before = users().length;
  await gantry(...buildOn("scratch", `${host}/app:1`));
  assert.deepEqual([...new Set(users().slice(before))], ["ali"]);
  await gantry("logout", host);
  const after = await run(["inspect", `${host}/app:1`]);
  assert.equal(after.status, 1);
  assert.match(after.stderr, new RegExp(`gantry login ${host}`));
});

function buildOn(base: string, tag: string): readonly string[] {
  const add = base === "scratch" ? ["--add", "a:/a"] : [];
  return ["build", "--base", base, ...add, "--platform", "linux/amd64", "-t", tag, "--push"];
}

function authsFor(host: string, login: string): string {
  return JSON.stringify({ auths: { [host]: { auth: base64(login) } } });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** A credential helper that answers `get` with these, or without a user fails with the words. */
function helper(folder: string, suffix: string, user: string | undefined, secret: string): void {
  const file = join(folder, "helpers", `docker-credential-${suffix}`);
  const answer =
    user === undefined
      ? `echo "${secret}"; exit 1`
      : `printf '{"ServerURL":"%s","Username":"${user}","Secret":"${secret}"}' "$server"`;
  write(file, `#!/bin/sh\n[ "$1" = get ] || exit 1\nread -r server\n${answer}\n`);
  chmodSync(file, 0o755);
}

/** The library as the sandbox's command line would call it. */
function optionsIn(folder: string, env: Readonly<Record<string, string | undefined>>): InspectOptions {
  const own = { XDG_RUNTIME_DIR: join(folder, ".run"), XDG_CONFIG_HOME: join(folder, ".config") };
  return {
    system: { ...nodeSystem(), cwd: folder, home: folder, env: { ...own, ...env } },
    cacheDir: join(folder, ".gantry"),
  };
}

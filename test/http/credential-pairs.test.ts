import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import type { CredentialHelper } from "../../src/http/credential-helper.js";
import { saveCredentials } from "../../src/http/credentials-store.js";
import { findCredentials, type Credential, type CredentialOptions } from "../../src/http/credentials.js";
import { bareSystem } from "../places/registry/images.js";
import { auth, home } from "./credential-home.js";

const registry = "ghcr.io";
const auths = (user: string) => JSON.stringify({ auths: { [registry]: auth(user) } });

/** What a test lays out: files of a home, variables, options, and docker's own file by its fields. */
interface World {
  readonly files: Record<string, string>;
  readonly docker: Record<string, object | string>;
  readonly env: Record<string, string>;
  options: Partial<CredentialOptions>;
}

/** Every source of credentials, the strongest first, and how it comes to be there. */
const sources: readonly (readonly [name: string, add: (world: World, folder: string) => void])[] = [
  ["given", (world) => void (world.options = { ...world.options, given: () => login("given") })],
  [
    "auth file",
    (world) => {
      world.files["flag.json"] = auths("auth file");
      world.options = { ...world.options, authFile: "flag.json" };
    },
  ],
  [
    "REGISTRY_AUTH_FILE",
    (world, folder) => {
      world.files["variable.json"] = auths("REGISTRY_AUTH_FILE");
      world.env["REGISTRY_AUTH_FILE"] = join(folder, "variable.json");
    },
  ],
  ["DOCKER_AUTH_CONFIG", (world) => void (world.env["DOCKER_AUTH_CONFIG"] = auths("DOCKER_AUTH_CONFIG"))],
  ["docker helper", (world) => void (world.docker["credHelpers"] = { [registry]: "docker helper" })],
  ["docker store", (world) => void (world.docker["credsStore"] = "docker store")],
  ["docker auths", (world) => void (world.docker["auths"] = { [registry]: auth("docker auths") })],
  [
    "podman runtime",
    (world, folder) => {
      world.files["run/containers/auth.json"] = auths("podman runtime");
      world.env["XDG_RUNTIME_DIR"] = join(folder, "run");
    },
  ],
  ["podman", (world) => void (world.files[".config/containers/auth.json"] = auths("podman"))],
  [
    "GITHUB_TOKEN",
    (world) => void Object.assign(world.env, { GITHUB_TOKEN: "t", GITHUB_ACTOR: "GITHUB_TOKEN" }),
  ],
];

for (const [at, [stronger, addStronger]] of sources.entries()) {
  test(`E85 ${stronger} is asked before every source behind it, and passed over where it knows nothing`, async (t) => {
    for (const [weaker, addWeaker] of sources.slice(at + 1)) {
      const add = (world: World, folder: string) => {
        addWeaker(world, folder);
        addStronger(world, folder);
      };
      assert.equal(await userOf(t, add), stronger, `${stronger} and ${weaker}`);
      const other = (world: World, folder: string) => {
        addWeaker(world, folder);
        emptied(world, folder, addStronger);
      };
      assert.equal(await userOf(t, other), weaker, `${weaker}, and ${stronger} for another registry`);
    }
    assert.equal(await userOf(t, addStronger), stronger);
  });
}

test("E85 without any source nothing is found, and nothing noted", async (t) => {
  assert.equal(await userOf(t, () => undefined), undefined);
});

test("S21 no secret is in the arguments or the environment of a helper: it has the user's own", async (t) => {
  const folder = await home(t);
  if (process.platform === "win32") return t.skip("the helper is a shell script");
  const seen = join(folder, "seen");
  const helper = join(folder, "docker-credential-spy");
  await writeFile(
    helper,
    `#!/bin/sh\n{ echo "args: $*"; env; } > ${seen}\ncat > ${seen}.input\n[ "$1" = get ] && echo '{"Username":"u","Secret":"canary-secret"}'\nexit 0\n`,
    { mode: 0o755 },
  );
  await mkdir(join(folder, ".docker"));
  await writeFile(join(folder, ".docker/config.json"), '{"credsStore":"spy"}');
  const env = { PATH: `${folder}:${process.env["PATH"]}`, OWN: "kept" };
  const system = bareSystem(env, folder);
  await saveCredentials({ registry: "r.test", username: "u", password: "canary-secret", system });
  for (const verb of ["store", "get"]) {
    if (verb === "get") await findCredentials({ system })("r.test");
    const said = await readFile(seen, "utf8");
    assert.match(said, new RegExp(`^args: ${verb}\\n`));
    assert.match(said, /^OWN=kept$/m);
    assert.doesNotMatch(said, /canary/);
    const names = [...said.matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    const ofShell = ["PWD", "OLDPWD", "SHLVL", "_"];
    assert.deepEqual(new Set(names.filter((name) => !ofShell.includes(name!))), new Set(Object.keys(env)));
  }
  assert.equal(await readFile(`${seen}.input`, "utf8"), "r.test");
});

test("E86 32 lookups at once, of any repository, start one helper; a store that knows nothing is asked by two names at most", async (t) => {
  const asked: string[] = [];
  const helper: CredentialHelper = async (suffix, _, key) => {
    asked.push(`${suffix} ${key}`);
    await new Promise((resolve) => setImmediate(resolve));
    return { status: 1, output: "credentials not found in native keychain" };
  };
  const env = {
    DOCKER_CONFIG: await home(t, { "config.json": { credsStore: "s", credHelpers: { "own.test": "h" } } }),
  };
  const find = findCredentials({ system: bareSystem(env), helper });
  for (const name of ["own.test", "r.test", "r.test:443", "docker.io"]) {
    asked.length = 0;
    await Promise.all(Array.from({ length: 32 }, (_, at) => find(name, `repository/${at}`)));
    assert.ok(asked.length <= (name === "own.test" ? 1 : 2), asked.join(", "));
    assert.equal(new Set(asked).size, asked.length);
  }
});

test("E86 a helper that prints the secret and then fails does not have it in the note", async (t) => {
  const env = { DOCKER_CONFIG: await home(t, { "config.json": { credsStore: "s" } }) };
  const output = '{"Username":"u","Secret":"canary"} Segmentation fault';
  const helper: CredentialHelper = () => Promise.resolve({ status: 139, output });
  const { notes } = await findCredentials({ system: bareSystem(env), helper })("r.test");
  assert.deepEqual(notes, ["docker-credential-s failed: status 139"]);
});

function login(username: string): { readonly username: string; readonly password: string } {
  return { username, password: "pw" };
}

/** The source as `add` lays it out, but with nothing in it for the registry. */
function emptied(world: World, folder: string, add: (world: World, folder: string) => void): void {
  const own: World = { files: {}, docker: {}, env: {}, options: {} };
  add(own, folder);
  const elsewhere = (text: string) => text.replaceAll(registry, "other.test");
  for (const [path, text] of Object.entries(own.files)) world.files[path] = elsewhere(text);
  for (const [name, value] of Object.entries(own.env)) {
    if (!name.startsWith("GITHUB")) world.env[name] = elsewhere(value);
  }
  if (own.docker["credHelpers"] !== undefined) world.docker["credHelpers"] ??= { "other.test": "x" };
  if (own.docker["credsStore"] !== undefined) world.docker["credsStore"] ??= "knows nothing";
  if (own.docker["auths"] !== undefined) world.docker["auths"] ??= { "other.test": auth("x") };
  const { given, ...rest } = own.options;
  world.options = { ...world.options, ...rest, ...(given === undefined ? {} : { given: () => undefined }) };
}

/** Whose credentials are found in a world. Helpers answer with their own names. */
async function userOf(
  t: TestContext,
  add: (world: World, folder: string) => void,
): Promise<string | undefined> {
  const folder = await home(t);
  const world: World = { files: {}, docker: {}, env: {}, options: {} };
  add(world, folder);
  if (Object.keys(world.docker).length > 0) world.files[".docker/config.json"] = JSON.stringify(world.docker);
  for (const [path, text] of Object.entries(world.files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const helper: CredentialHelper = (suffix) =>
    Promise.resolve(
      suffix === "knows nothing"
        ? { status: 1, output: "credentials not found in native keychain" }
        : { status: 0, output: JSON.stringify({ Username: suffix, Secret: "pw" }) },
    );
  const system = { ...bareSystem(world.env, folder), cwd: folder };
  const { credential, notes } = await findCredentials({ ...world.options, system, helper })(registry);
  assert.deepEqual(notes, []);
  return nameOf(credential);
}

function nameOf(credential: Credential | undefined): string | undefined {
  return credential?.type === "password" ? credential.username : undefined;
}

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { runCredentialHelper, type CredentialHelper } from "../../src/http/credential-helper.js";
import { matchKey } from "../../src/http/credential-keys.js";
import { findCredentials, type FindCredential } from "../../src/http/credentials.js";
import { bareSystem } from "../places/registry/images.js";
import { auth, home } from "./credential-home.js";

const skip = process.platform === "win32" && "the helper is a shell script";
const absent = "credentials not found in native keychain";

/** What a helper does, how long it may take, whose credentials are used in the end, and what is noted. */
interface Row {
  readonly script?: string | undefined;
  readonly name?: string;
  readonly timeout?: number;
  readonly found: string;
  readonly note?: RegExp;
}

const answer = (fields: object) => `cat > /dev/null; echo '${JSON.stringify(fields)}'`;
const rows: Readonly<Record<string, Row>> = {
  "answers with a password": { script: answer({ Username: "own", Secret: "pw" }), found: "password own" },
  "answers with <token>": { script: answer({ Username: "<token>", Secret: "s" }), found: "identity-token s" },
  "knows nothing, in the words of the protocol": {
    script: `echo ${absent}; exit 1`,
    found: "password table",
  },
  "knows nothing, in words of its own": {
    script: "echo 'Item Not Found.'; exit 44",
    found: "password table",
  },
  "fails in another way": {
    script: "echo the keychain is locked; exit 1",
    found: "password table",
    note: /^docker-credential-x failed: the keychain is locked$/,
  },
  "fails without a word": {
    script: "exit 3",
    found: "password table",
    note: /^docker-credential-x failed: status 3$/,
  },
  "answers with a page": {
    script: "echo '<html>'",
    found: "password table",
    note: /something that is not JSON$/,
  },
  "answers with half an answer": {
    script: `printf '{"Username":"u","Sec'`,
    found: "password table",
    note: /not JSON$/,
  },
  "answers with nothing": { script: "exit 0", found: "password table", note: /not JSON$/ },
  "answers with null": { script: "echo null", found: "password table" },
  "answers with an empty secret": { script: answer({ Username: "u", Secret: "" }), found: "password table" },
  "writes without end": { script: "exec yes", found: "password table", note: /it wrote more than 1 MiB$/ },
  "never answers": {
    script: "exec sleep 600",
    timeout: 1,
    found: "password table",
    note: /did not answer within/,
  },
  "is not there": { found: "password table", note: /docker-credential-x cannot be used: it is not in PATH$/ },
  "is named by a path": { name: "../../x", script: "exit 0", found: "password table", note: /may hold only/ },
  "is named with a second command": {
    name: "x;id",
    script: "exit 0",
    found: "password table",
    note: /may hold only/,
  },
};

for (const [what, { script, name = "x", timeout = 10_000, found, note }] of Object.entries(rows)) {
  test(
    `E86 where the helper ${what}, ${found} is found and ${note === undefined ? "nothing" : "why"} is noted`,
    { skip },
    async (t) => {
      const { find } = await world(t, { script, name, timeout });
      const { credential, notes } = await find("r.test");
      const shown =
        credential?.type === "password"
          ? `password ${credential.username}`
          : `${credential?.type} ${credential?.token}`;
      assert.equal(shown, found);
      assert.equal(notes.length, note === undefined ? 0 : 1, notes.join());
      if (note !== undefined) assert.match(notes[0]!, note);
    },
  );
}

test("E86 32 lookups at once start one process", { skip }, async (t) => {
  const { folder, find } = await world(t, {
    script: `echo run >> "$RUNS"; ${answer({ Username: "own", Secret: "pw" })}`,
  });
  const all = await Promise.all(Array.from({ length: 32 }, (_, at) => find("r.test", `repository/${at}`)));
  assert.ok(all.every(({ credential }) => credential?.type === "password" && credential.username === "own"));
  assert.equal(readFileSync(join(folder, "runs"), "utf8"), "run\n");
});

test(
  "E86 a helper that is given up holds nothing of ours, though its own child has its output",
  { skip },
  async (t) => {
    const before = pipes();
    const { find } = await world(t, { script: "sleep 5 & exec yes" });
    const { notes } = await find("r.test");
    assert.match(notes.join(), /more than 1 MiB/);
    for (let turns = 0; turns < 1000 && pipes() > before; turns++) await new Promise(setImmediate);
    assert.equal(pipes(), before);
  },
);

const preferences: readonly (readonly [
  keys: readonly string[],
  registry: string,
  repository: string,
  key: string,
])[] = [
  [["r.test:443", "r.test"], "r.test:443", "app", "r.test:443"],
  [["r.test:443", "r.test/team"], "r.test:443", "team/app", "r.test:443"],
  [["r.test", "https://r.test"], "r.test", "app", "r.test"],
  [["https://r.test/team/", "r.test"], "r.test", "team/app", "https://r.test/team/"],
  [["https://index.docker.io/v1/", "docker.io"], "docker.io", "library/app", "https://index.docker.io/v1/"],
  [["docker.io", "index.docker.io"], "docker.io", "library/app", "docker.io"],
  [["index.docker.io", "registry-1.docker.io"], "docker.io", "library/app", "index.docker.io"],
  [
    ["registry-1.docker.io/team", "https://index.docker.io/v1/"],
    "docker.io",
    "team/app",
    "registry-1.docker.io/team",
  ],
];
for (const [keys, registry, repository, key] of preferences) {
  test(`E84 of ${keys.join(" and ")} the former is for ${registry}/${repository}, whichever comes first`, () => {
    assert.equal(keys[0], key);
    assert.equal(matchKey(keys, { registry, repository }), key);
    assert.equal(matchKey(keys.toReversed(), { registry, repository }), key);
  });
}

/** A home whose docker configuration names a helper, and has credentials of its own behind it. */
async function world(
  t: TestContext,
  { script, name = "x", timeout = 10_000 }: Pick<Row, "script" | "name" | "timeout">,
): Promise<{ readonly folder: string; readonly find: FindCredential }> {
  const config = { credsStore: name, auths: { "r.test": auth("table") } };
  const program = "bin/docker-credential-x";
  const folder = await home(t, {
    ".docker/config.json": config,
    ...(script === undefined ? {} : { [program]: `#!/bin/sh\n${script}\n` }),
  });
  if (script !== undefined) await chmod(join(folder, program), 0o755);
  const env = { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, RUNS: join(folder, "runs") };
  const helper: CredentialHelper = (suffix, verb, input) =>
    runCredentialHelper(suffix, verb, { input, env, platform: "linux", timeout });
  return { folder, find: findCredentials({ system: bareSystem(env, folder), helper }) };
}

/** Pipes that this process holds open. */
function pipes(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "PipeWrap").length;
}

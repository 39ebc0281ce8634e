import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startFront } from "../support/fault-registry.js";
import { createSandbox } from "../support/cli.js";
import { startBasic } from "../support/guarded-registry.js";
import { startLogged } from "../support/logged-registry.js";

const build = ["build", "--base", "scratch", "--add", "a:/a", "--platform", "linux/amd64", "--push"];

test("a registry that is not on this machine is spoken to over http only with --insecure for it", async (t) => {
  const { folder, run } = createSandbox(t);
  writeFileSync(join(folder, "a"), "a");
  const registry = await startLogged(t);
  const { host, seen } = await startFront(t, registry.host);
  const env = elsewhere({ "registry.example": host });
  const push = (...flags: readonly string[]) =>
    run([...build, "-t", "registry.example:5000/app:1", ...flags], { env });
  for (const flags of [[], ["--insecure", "other.example:5000"]]) {
    const { status, stderr } = await push(...flags);
    assert.equal(status, 1);
    assert.match(stderr, /^gantry: .*registry\.example:5000.*--insecure registry\.example:5000$/m);
    assert.deepEqual(seen, [], "nothing was said in plain text");
  }
  const { status, stdout, stderr } = await push("--insecure", "registry.example:5000");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^registry\.example:5000\/app@sha256:/);
  assert.equal(registry.acts("tag").length, 1);
});

test("GITHUB_TOKEN is for ghcr.io and for no other registry", async (t) => {
  const { folder, run } = createSandbox(t);
  writeFileSync(join(folder, "a"), "a");
  const { host, registry, users } = await startBasic(t, { me: "github-token", unset: "github-token" });
  const env = { ...elsewhere({ "ghcr.io": host, "registry.example": host }), GITHUB_TOKEN: "github-token" };
  const push = (tag: string, more: object = {}) =>
    run([...build, "-t", tag, "--insecure", "ghcr.io,registry.example"], { env: { ...env, ...more } });

  for (const tag of [`${host}/app:1`, "registry.example/app:1"]) {
    const { status, stderr } = await push(tag);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`gantry login ${tag.split("/")[0]}`));
  }
  assert.deepEqual(users(), []);

  const mine = await push("ghcr.io/me/app:1", { GITHUB_ACTOR: "me" });
  assert.equal(mine.status, 0, mine.stderr);
  assert.match(mine.stdout, /^ghcr\.io\/me\/app@sha256:/);
  assert.deepEqual([...new Set(users())], ["me"]);
  assert.deepEqual(
    registry.acts("tag").map(({ repository }) => repository),
    ["me/app"],
  );
});

/** An environment in which connections to these names, whatever the port, go to listeners on this machine. */
function elsewhere(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const script = `
    import { Socket } from "node:net";
    const names = ${JSON.stringify(names)};
    const connect = Socket.prototype.connect;
    Socket.prototype.connect = function (...args) {
      const options = Array.isArray(args[0]) ? args[0][0] : args[0];
      const [host, port] = names[options?.host]?.split(":") ?? [];
      if (host !== undefined) Object.assign(options, { host, port: Number(port) });
      return connect.apply(this, args);
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

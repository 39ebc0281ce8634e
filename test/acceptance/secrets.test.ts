import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import * as api from "../../src/index.js";
import { runFake, type FakeRun } from "../cli/fake-terminal.js";
import { startFront, type Fault, type Front, type Seen } from "../support/fault-registry.js";

const password = "canary-pass/word+1";
const basic = Buffer.from(`me:${password}`).toString("base64");
const identity = "canary-identity-token";
const bearer = "canary-bearer-token";
const signature = "canary-signature";

/** Every secret in every form in which one may be written down. */
const forms = [password, identity, bearer, signature, "canary"].flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString("base64").replace(/=+$/, ""),
  Buffer.from(secret).toString("hex"),
  [...Buffer.from(secret.slice(0, 6))].map((byte) => byte.toString(16)).join(" "),
]);
forms.push(basic, basic.slice(0, 16));

interface World {
  readonly folder: string;
  /** Runs the command line at its most talkative, in both forms of progress, and looks for secrets in all it left. */
  run(
    args: readonly string[],
    options?: { readonly input?: string; readonly env?: Record<string, string> },
  ): Promise<FakeRun>;
}

function createWorld(t: TestContext): World {
  const folder = mkdtempSync(join(tmpdir(), "gantry-secrets-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "a"), "a");
  const own = {
    HOME: folder,
    PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
    GANTRY_CACHE_DIR: join(folder, "cache"),
    DOCKER_CONFIG: join(folder, "docker"),
    XDG_CONFIG_HOME: join(folder, "config"),
  };
  return {
    folder,
    async run(args, { input, env = {} } = {}) {
      const errors: unknown[] = [];
      const forms = args.includes("--progress") ? [args] : talkative(args);
      let last: FakeRun | undefined;
      for (const words of forms) {
        last = await runFake(words, {
          api: listening(errors),
          cwd: folder,
          env: { ...own, ...env },
          ...(input === undefined ? {} : { stdin: input }),
        });
        assertClean(last.stdout, "stdout");
        assertClean(last.stderr, "stderr");
        for (const error of errors) {
          const text = inspect(error, { depth: Infinity, showHidden: true, maxStringLength: null });
          assertClean(text, "an error");
          assert.doesNotMatch(
            text,
            /<Buffer|Uint8Array/,
            "bytes show too little of themselves to be searched",
          );
        }
        for (const file of filesIn(join(folder, "cache")))
          assertClean(readFileSync(file, "latin1"), `the cache's ${file}`);
      }
      return last!;
    },
  };
}

function talkative(args: readonly string[]): readonly (readonly string[])[] {
  const takesProgress = ["build", "copy", "push"].includes(args[0]!);
  const modes = takesProgress ? ["plain", "rawjson"] : [undefined];
  return modes.map((mode) => [...args, "--debug", ...(mode === undefined ? [] : ["--progress", mode])]);
}

/** The library, which also notes every error that it throws. */
function listening(errors: unknown[]): typeof api {
  const noted = Object.entries(api).map(([name, value]) => {
    if (typeof value !== "function" || /^[A-Z]/.test(name)) return [name, value] as const;
    const call = (...args: unknown[]): unknown => {
      const result: unknown = Reflect.apply(value as (...all: unknown[]) => unknown, undefined, args);
      if (result instanceof Promise) result.catch((error: unknown) => errors.push(error));
      return result;
    };
    return [name, call] as const;
  });
  return Object.fromEntries(noted) as unknown as typeof api;
}

function assertClean(text: string, where: string): void {
  for (const form of forms) assert.ok(!text.includes(form), `${where} holds ${form}: ${text}`);
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

const said = (headers: Seen["headers"]) => String(headers["authorization"] ?? "nothing");

/** Everything that a server can repeat of what it was sent, in every place that reaches a message. */
function echo(
  status: number,
  { headers }: Seen,
  {
    known = [password, identity, bearer],
    more = {},
  }: { readonly known?: readonly string[]; readonly more?: Record<string, string> } = {},
): Fault {
  const words = `you sent ${said(headers)} for ${known.join(" and ")}`;
  const escaped = [...words].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return {
    status,
    headers: { "x-request-id": said(headers), warning: `299 - "${words}"`, ...more },
    body:
      status === 403
        ? `{"errors":[{"code":"DENIED","message":"${escaped.join("")}"}]}`
        : JSON.stringify({ errors: [{ code: `E ${said(headers)}`, message: words }] }),
  };
}

/** A token server that knows one password and one identity token, and a registry in front of the real one that wants its tokens. */
async function startScene(
  t: TestContext,
  intercept: (request: Seen) => Fault | undefined = () => undefined,
): Promise<{ readonly registry: Front; readonly tokens: Front }> {
  const real = await api.createRegistry();
  t.after(() => real.close());
  const tokens = await startFront(t, undefined, (request) => {
    const { method, headers } = request;
    const known = method === "POST" || said(headers) === `Basic ${basic}`;
    return known
      ? { status: 200, body: JSON.stringify({ token: bearer, expires_in: 300 }) }
      : echo(401, request, { known: [] });
  });
  const registry = await startFront(t, real.host, (request) => {
    if (said(request.headers) !== `Bearer ${bearer}`) {
      const challenge = `Bearer realm="http://${tokens.host}/token",service="s"`;
      return echo(401, request, { known: [], more: { "www-authenticate": challenge } });
    }
    return intercept(request);
  });
  return { registry, tokens };
}

const build = (tag: string, ...more: readonly string[]) => [
  ...["build", "--base", "scratch", "--add", "a:/a", "--platform", "linux/amd64", "-t", tag, "--push"],
  ...more,
];
const authsOf = (host: string, entry: object) => ({
  DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: entry } }),
});

test("E94 login, build, push, inspect, copy and logout with a password leave no secret behind", async (t) => {
  const { registry, tokens } = await startScene(t);
  const { folder, run } = createWorld(t);
  const login = ["login", registry.host, "-u", "me", "--password-stdin"];
  assert.equal((await run(login, { input: password })).status, 0);
  const tag = `${registry.host}/app:1`;
  for (const args of [
    build(tag),
    build(`${registry.host}/other:1`, "--base", tag),
    ["inspect", tag],
    ["copy", tag, "oci:out"],
    ["copy", tag, `${registry.host}/copy:1`],
    ["logout", registry.host],
  ]) {
    const { status, stderr } = await run(args);
    assert.equal(status, 0, stderr);
  }
  assert.ok(tokens.seen.some(({ headers }) => said(headers) === `Basic ${basic}`));
  for (const file of filesIn(join(folder, "out"))) assertClean(readFileSync(file, "latin1"), file);
});

test("E94 an identity token, and a helper's secret, are nowhere to be seen", async (t) => {
  const { registry } = await startScene(t);
  const { folder, run } = createWorld(t);
  const tag = `${registry.host}/app:1`;
  const byToken = await run(build(tag), { env: authsOf(registry.host, { identitytoken: identity }) });
  assert.equal(byToken.status, 0, byToken.stderr);
  if (process.platform === "win32") return;
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "docker"));
  const helper = (name: string, script: string) => {
    const file = join(folder, "bin", `docker-credential-${name}`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  };
  helper("good", `echo '{"Username":"me","Secret":"${password}"}'`);
  helper("broken", `echo '{"Username":"me","Secret":"${password}"}'; echo ${password} >&2; exit 3`);
  helper("cut", `printf '{"Username":"me","Secret":"${password}'`);
  for (const [name, status] of [
    ["good", 0],
    ["broken", 1],
    ["cut", 1],
  ] as const) {
    writeFileSync(join(folder, "docker/config.json"), JSON.stringify({ credsStore: name }));
    assert.equal((await run(["inspect", tag])).status, status);
  }
});

test("E94 a wrong password, and a token server that repeats it, are told without it", async (t) => {
  const wrong = Buffer.from("me:canary-wrong").toString("base64");
  const tokens = await startFront(t, undefined, (request) => echo(401, request, { known: ["canary-wrong"] }));
  const { run } = createWorld(t);
  for (const challenge of [`Bearer realm="http://${tokens.host}/t?hint=${signature}"`, 'Basic realm="r"']) {
    const registry = await startFront(t, undefined, (request) =>
      echo(401, request, { known: ["canary-wrong"], more: { "www-authenticate": challenge } }),
    );
    const env = authsOf(registry.host, { auth: wrong });
    const tag = `${registry.host}/app:1`;
    for (const args of [build(tag), ["inspect", tag], ["copy", tag, "oci:out"]])
      assert.equal((await run(args, { env })).status, 1);
    const login = ["login", registry.host, "-u", "me", "--password-stdin"];
    assert.equal((await run(login, { input: "canary-wrong" })).status, 1);
  }
});

for (const status of [400, 403, 404, 413, 429, 500, 503]) {
  test(`E94 a registry that answers ${status} with all it was sent is quoted without secrets`, async (t) => {
    const { registry } = await startScene(t, (request) =>
      request.method === "HEAD" ? undefined : echo(status, request, { more: { "retry-after": "0" } }),
    );
    const { run } = createWorld(t);
    const env = authsOf(registry.host, { auth: basic, identitytoken: identity });
    const tag = `${registry.host}/app:1`;
    for (const args of [build(tag), ["inspect", tag]]) {
      const { stderr, status: ended } = await run(args, { env });
      assert.equal(ended, 1);
      assert.match(stderr, /REDACTED/);
    }
  });
}

test("E94 signed queries, user names in URLs and answers that are no HTTP stay out of every message", async (t) => {
  const places = [
    `http://127.0.0.1:1/blob?X-Amz-Signature=${signature}`,
    `http://[${signature}`,
    `http://me:${signature}@127.0.0.1:1/?sig=${signature}`,
    `ftp://me:${signature}@host/?sig=${signature}`,
    `http://169.254.169.254/?sig=${signature}`,
  ];
  for (const location of places) {
    const { registry } = await startScene(t, ({ method }) =>
      method === "GET" || method === "POST" ? { status: 307, headers: { location } } : undefined,
    );
    const { run } = createWorld(t);
    const env = authsOf(registry.host, { auth: basic });
    const tag = `${registry.host}/app:1`;
    for (const args of [["inspect", tag], build(tag)]) assert.equal((await run(args, { env })).status, 1);
  }
  const { run } = createWorld(t);
  const garbage = await startGarbage(t);
  const env = authsOf(garbage, { registrytoken: bearer });
  assert.equal((await run(["inspect", `${garbage}/app:1`], { env })).status, 1);
  const url = `https://me:${password.replaceAll("/", "")}@localhost:1/app`;
  assert.notEqual((await run(["inspect", url])).status, 0);
  assert.notEqual((await run(build("localhost:1/app:1", "--insecure", url))).status, 0);
});

test("E94 a file of credentials that cannot be read is named, not quoted", async (t) => {
  const { folder, run } = createWorld(t);
  const broken = [
    `{"auths": {"localhost:1": {"auth": "${basic}"`,
    `"${password}"`,
    `{"auths":{"localhost:1":{"auth":"${Buffer.from(password).toString("base64")}"}}}`,
  ];
  for (const text of broken) {
    writeFileSync(join(folder, "auth.json"), text);
    const { status } = await run(["inspect", "localhost:1/a:1", "--authfile", "auth.json"]);
    assert.equal(status, 1);
    assert.notEqual(
      (await run(["inspect", "localhost:1/a:1"], { env: { DOCKER_AUTH_CONFIG: text } })).status,
      0,
    );
  }
});

/** A server that answers with the request itself, which is no HTTP answer. */
async function startGarbage(t: TestContext): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (chunk) => socket.end(chunk));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

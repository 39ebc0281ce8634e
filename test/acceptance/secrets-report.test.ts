import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createRegistry } from "../../src/registry.js";
import { createSandbox } from "../support/cli.js";
import { startFront } from "../support/fault-registry.js";

const password = "canary-pass/word+1";
const basicOf = (given: string) => Buffer.from(`me:${given}`).toString("base64");
const basic = basicOf(password);
const wrong = "canary-wrong";
const bearer = "canary-bearer-token";
const secrets = [
  "canary",
  password,
  encodeURIComponent(password),
  basic,
  basic.slice(0, 16),
  basicOf(wrong),
  bearer,
];

/** Node's own report of the process at each request that it sends, and at its end. */
const reporting = `
  import { subscribe } from "node:diagnostics_channel";
  import { writeFileSync } from "node:fs";
  import { isMainThread } from "node:worker_threads";
  process.report.excludeNetwork = true;
  let count = 0;
  const write = () => {
    const name = "live-" + process.pid + "-" + count++ + ".json";
    writeFileSync(process.env.REPORTS + "/" + name, JSON.stringify(process.report.getReport()));
  };
  if (isMainThread) {
    subscribe("http.client.request.start", write);
    process.on("exit", write);
  }`;

/** The process dies of a fault of its own when the body of an upload is on its way. */
const crashing = `
  import { subscribe } from "node:diagnostics_channel";
  subscribe("http.client.request.start", ({ request }) => {
    if (request.method !== "PUT") return;
    setImmediate(() => { throw new Error("a fault in the middle of an upload"); });
  });`;

const importing = (script: string) => `--import=data:text/javascript,${encodeURIComponent(script)}`;

for (const [what, given, ended] of [
  ["a push that succeeds", password, 0],
  ["a push with a wrong password", wrong, 1],
] as const) {
  test(`E94 Node's reports of ${what}, at every request and at the end, hold no secret`, async (t) => {
    const { status, reports } = await pushed(t, given, importing(reporting));
    assert.equal(status, ended);
    assert.ok(reports.length >= 3, `${reports.length} reports`);
    for (const text of reports) assertClean(text);
  });
}

test("E94 the report that Node leaves of a push that crashes with an upload on its way holds no secret", async (t) => {
  const { status, reports } = await pushed(t, password, `--report-uncaught-exception ${importing(crashing)}`);
  assert.notEqual(status, 0);
  const [report, ...others] = reports;
  assert.deepEqual(others, []);
  assert.match(report!, /a fault in the middle of an upload/);
  assertClean(report!);
});

/** Pushes with a password from docker's file to a registry that wants tokens; the reports that Node wrote meanwhile. */
async function pushed(
  t: TestContext,
  given: string,
  options: string,
): Promise<{ readonly status: number | null; readonly reports: readonly string[] }> {
  const { folder, run } = createSandbox(t);
  const tokens = await startFront(t, undefined, ({ headers }) =>
    headers["authorization"] === `Basic ${basic}`
      ? { status: 200, body: JSON.stringify({ token: bearer, expires_in: 300 }) }
      : { status: 401 },
  );
  const registry = await createRegistry();
  t.after(() => registry.close());
  const front = await startFront(t, registry.host, ({ headers }) =>
    headers["authorization"] === `Bearer ${bearer}`
      ? undefined
      : { status: 401, headers: { "www-authenticate": `Bearer realm="http://${tokens.host}/token"` } },
  );
  const reports = join(folder, "reports");
  for (const name of [reports, join(folder, ".docker")]) mkdirSync(name);
  const auth = basicOf(given);
  const config = JSON.stringify({ auths: { [front.host]: { auth } } });
  writeFileSync(join(folder, ".docker/config.json"), config);
  writeFileSync(join(folder, "a"), "a");
  const tag = `${front.host}/app:1`;
  const env = { NODE_OPTIONS: `--report-directory=${reports} ${options}`, REPORTS: reports };
  const { status } = await run(
    ["build", "--base", "scratch", "--add", "a:/a", "-t", tag, "--push", "--debug"],
    {
      env,
    },
  );
  const asked = tokens.seen.map(({ headers }) => headers["authorization"]);
  assert.deepEqual(asked.slice(0, 1), [`Basic ${auth}`], "the secret was in use");
  return { status, reports: readdirSync(reports).map((name) => readFileSync(join(reports, name), "utf8")) };
}

function assertClean(report: string): void {
  // A report of Node's always has these, so that an empty one does not pass.
  assert.match(report, /"javascriptStack"[^]*"commandLine"|"commandLine"[^]*"javascriptStack"/);
  for (const secret of secrets) assert.ok(!report.includes(secret), `a report holds ${secret}`);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildRequest } from "../../../src/frontends/spec/request.js";
import { validateConfig, validateRequest } from "../../../src/frontends/spec/schema.js";
import { checkedInSchema, generateSchema } from "./json-schema.js";

const everything: BuildRequest = {
  name: "web",
  tags: ["localhost:5000/web:1"],
  platforms: { "linux/amd64": { base: "scratch", env: { A: "1" }, filesBase: "x" }, "linux/arm64": {} },
  base: "debian:12-slim",
  env: { PORT: "8080" },
  labels: { a: "b" },
  annotations: { "index:a": "b" },
  user: 1000,
  workdir: "/app",
  entrypoint: "node",
  cmd: ["main.js"],
  ports: [8080, "53/udp"],
  volumes: ["/data"],
  stopSignal: "SIGTERM",
  healthcheck: {
    test: ["CMD", "x"],
    interval: "1s",
    timeout: "1s",
    startPeriod: "1s",
    startInterval: "1s",
    retries: 3,
  },
  files: {
    "/a": "a",
    "/b": { source: "b", mode: "0644", owner: "1:1", exclude: "*.map" },
    "/c": { content: new Uint8Array(2), mode: 0o644, exclude: ["x"] },
  },
  layers: [{ name: "deps", files: { "/d": "d" } }, { files: { "/e": { content: "e" } } }],
  filesBase: ".",
  created: "2026-01-01T00:00:00Z",
  compression: "zstd:3",
  preserveMode: true,
  baseTree: "always",
  assumeNew: ["/lib"],
};

test("a request with every field is accepted and given back as it is", async () => {
  assert.equal(await validateRequest(everything), everything);
  assert.deepEqual(await validateRequest({}), {});
});

test("a field that is undefined counts as left out", async () => {
  await validateRequest(Object.fromEntries(Object.keys(everything).map((key) => [key, undefined])));
});

const wrong: readonly (readonly [string, unknown, string])[] = [
  ["an unknown field", { enw: {} }, 'request: unknown field "enw" (did you mean "env"?)'],
  ["a field unlike any", { zzzzzzzz: 1 }, 'request: unknown field "zzzzzzzz"'],
  ["a name of every object", { toString: 1 }, 'request: unknown field "toString"'],
  [
    "an unknown field of a file",
    { files: { "/a": { sorce: "x" } } },
    'request: files["/a"]: unknown field "sorce" (did you mean "source"?)',
  ],
  [
    "an unknown field of a platform",
    { platforms: { "linux/arm64": { tags: [] } } },
    'request: platforms["linux/arm64"]: unknown field "tags"',
  ],
  [
    "an unknown field of a health check",
    { healthcheck: { test: "x", retrys: 1 } },
    'request: healthcheck: unknown field "retrys" (did you mean "retries"?)',
  ],
  ["a number as a variable", { env: { PORT: 8080 } }, "request: env.PORT: expected a string, got a number"],
  [
    "nothing as a variable",
    { env: { "A-B": null } },
    'request: env["A-B"]: expected a string, got nothing (null)',
  ],
  ["a list of variables", { env: ["A=1"] }, "request: env: expected a map, got a list"],
  [
    "a Map of variables",
    { env: new Map([["A", "1"]]) },
    "request: env: expected a map, got an object of Map",
  ],
  ["a number among platforms", { platforms: [1] }, "request: platforms[0]: expected a string, got a number"],
  ["a list of files", { files: ["a"] }, "request: files: expected a map, got a list"],
  [
    "a Date as the creation time",
    { created: new Date(0) },
    "request: created: expected a string or a number, got an object of Date",
  ],
  ["a text as the tags", { tags: "app:1" }, "request: tags: expected a list, got a string"],
  [
    "a text as the platforms",
    { platforms: "linux/arm64" },
    "request: platforms: expected a list or a map, got a string",
  ],
  ["a number among tags", { tags: ["a", 1] }, "request: tags[1]: expected a string, got a number"],
  ["a layer without files", { layers: [{}] }, "request: layers[0].files: is missing"],
  [
    "a mode that is neither",
    { files: { "/a": { source: "a", mode: true } } },
    'request: files["/a"].mode: expected a string or a number, got true or false',
  ],
  [
    "a mode that is not octal",
    { files: { "/a": { source: "a", mode: "9" } } },
    'request: files["/a"].mode: expected permission bits in octal, like "0644"',
  ],
  [
    "a duration without a unit",
    { healthcheck: { test: "x", interval: "30" } },
    'request: healthcheck.interval: expected a duration like "30s" or "1m30s"',
  ],
  [
    "half a retry",
    { healthcheck: { test: "x", retries: 1.5 } },
    "request: healthcheck.retries: expected a whole number",
  ],
  [
    "an unknown compression",
    { compression: "gzip:10" },
    'request: compression: expected "auto", "none", "gzip[:1-9]" or "zstd[:1-19]"',
  ],
  ["a name with spaces", { name: "a b" }, "request: name: expected letters, digits and . _ / -"],
  ["a list", [], "request: expected a map, got a list"],
  ["nothing", null, "request: expected a map, got nothing (null)"],
  ["a text", "x", "request: expected a map, got a string"],
];

for (const [what, value, message] of wrong) {
  test(`C51 ${what} is refused by path, with what was expected`, async () => {
    await assert.rejects(validateRequest(value), { code: "ERR_GANTRY_SPEC_INVALID", message });
  });
}

test("C51 several problems are listed, one on each line", async () => {
  await assert.rejects(validateRequest({ env: { A: 1 }, user: [], tags: {} }), ({ message }: Error) => {
    assert.deepEqual(message.split("\n"), [
      "request: 3 problems",
      "  tags: expected a list, got a map",
      "  env.A: expected a string, got a number",
      "  user: expected a string or a number, got a list",
    ]);
    return true;
  });
});

test("C51 of very many problems the first twenty are listed", async () => {
  const env = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`A${index}`, index]));
  await assert.rejects(validateRequest({ env }), ({ message }: Error) => {
    assert.equal(message.split("\n").length, 22);
    assert.match(message, /and 30 more$/);
    return true;
  });
});

test("C52 no message shows a value", async () => {
  const secret = "hunter2\nhunter2";
  const value = {
    env: { TOKEN: [secret] },
    compression: secret,
    created: { secret },
    files: { "/a": { mode: secret } },
  };
  await assert.rejects(validateRequest(value), ({ message }: Error) => !message.includes("hunter2"));
});

test("names that JavaScript's objects use themselves are refused, not dropped", async () => {
  await assert.rejects(
    validateRequest(JSON.parse('{"env":{"__proto__":"x"}}')),
    /env: "__proto__" cannot be a name here/,
  );
  await assert.rejects(
    validateRequest({ labels: { constructor: "x" } }),
    /labels: "constructor" cannot be a name here/,
  );
});

test("a value that is its own part is refused like any other", async () => {
  const value: Record<string, unknown> = {};
  value["env"] = value;
  await assert.rejects(validateRequest(value), { code: "ERR_GANTRY_SPEC_INVALID" });
});

test("a spec file is one request or several, by list or by name", async () => {
  await validateConfig({ $schema: "x", ...everything }, "gantry.config.ts");
  await validateConfig({ $schema: "x", images: [everything] }, "gantry.config.ts");
  await validateConfig({ images: { web: everything } }, "gantry.config.ts");
  await assert.rejects(validateConfig({ images: { web: { bse: "x" } } }, "gantry.config.ts"), {
    message: 'gantry.config.ts: images.web: unknown field "bse" (did you mean "base"?)',
  });
  await assert.rejects(
    validateConfig({ images: [{ cmd: 1 }] }, "gantry.config.ts"),
    /images\[0\]\.cmd: expected a string or a list/,
  );
  await assert.rejects(validateConfig({ images: [], base: "x" }, "gantry.config.ts"), /unknown field "base"/);
});

test("a mode that JSON or YAML wrote as a number is refused: 644 is not 0644", async () => {
  const config = { images: { web: { layers: [{ files: { "/a": { source: "a", mode: 644 } } }] } } };
  await assert.rejects(validateConfig(config, "gantry.config.yaml"), {
    message:
      'gantry.config.yaml: images.web.layers[0].files["/a"].mode: expected permission bits in quotes, like "0644", got a number',
  });
  await validateConfig({ files: { "/a": { source: "a", mode: 0o644 } } }, "gantry.config.ts");
});

test("schema.json is what the shapes say: write it anew with write-schema.js", () => {
  assert.equal(checkedInSchema(), generateSchema());
});

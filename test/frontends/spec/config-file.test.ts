import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { loadConfig } from "../../../src/frontends/spec/config-file.js";
import { folderOf, testSystem } from "./world.js";

const invalid = { code: "ERR_GANTRY_SPEC_INVALID" };

async function load(t: TestContext, files: Readonly<Record<string, string>>, file?: string) {
  const folder = folderOf(t, files);
  return { folder, ...(await loadConfig({ context: folder, file, system: testSystem({}, folder) })) };
}

const same = 'export default { tags: ["localhost/app:1"], base: "scratch" };';

for (const extension of ["ts", "mts", "js", "mjs"]) {
  test(`gantry.config.${extension} is loaded from the context folder`, async (t) => {
    const types = extension.endsWith("ts") ? "type Text = string;\nconst unused: Text = 'x';\n" : "";
    // A folder without package.json has CommonJS for .js and .ts.
    const files = { "package.json": '{"type":"module"}', [`gantry.config.${extension}`]: types + same };
    const { folder, path, requests } = await load(t, files);
    assert.equal(path, join(folder, `gantry.config.${extension}`));
    assert.deepEqual(requests, [
      { name: "app", tags: ["localhost/app:1"], base: "scratch", filesBase: folder },
    ]);
  });
}

test("JSON and YAML give the same requests", async (t) => {
  const json = await load(t, {
    "gantry.config.json": '{"$schema":"x","name":"a","env":{"PORT":"1"},"ports":[80]}',
  });
  const yaml = await load(t, {
    "gantry.config.yaml": '# comment\nname: a\nenv:\n  PORT: "1"\nports: [80]\n',
  });
  const expected = { name: "a", env: { PORT: "1" }, ports: [80] };
  assert.deepEqual(json.requests, [{ ...expected, filesBase: json.folder }]);
  assert.deepEqual(yaml.requests, [{ ...expected, filesBase: yaml.folder }]);
});

test("images are named by their key, their name, their tag, or their place", async (t) => {
  const byKey = await load(t, { "gantry.config.json": '{"images":{"web":{},"db":{"name":"data"}}}' });
  assert.deepEqual(
    byKey.requests.map(({ name }) => name),
    ["web", "data"],
  );
  const list = await load(t, { "gantry.config.json": '{"images":[{"tags":["localhost/x/app"]},{}]}' });
  assert.deepEqual(
    list.requests.map(({ name }) => name),
    ["app", "image-2"],
  );
  const alone = await load(t, { "gantry.config.json": "{}" });
  assert.equal(alone.requests[0]?.name, basename(alone.folder));
});

test("two images of one name are an error", async (t) => {
  const files = { "gantry.config.json": '{"images":[{"name":"a"},{"name":"a"}]}' };
  await assert.rejects(load(t, files), { ...invalid, message: /two images are called "a"/ });
  await assert.rejects(load(t, { "gantry.config.json": '{"images":[]}' }), {
    ...invalid,
    message: /at least one image/,
  });
});

test("sources are relative to the folder of the file, wherever the context is, for each platform too", async (t) => {
  const config = {
    filesBase: "build",
    platforms: { "linux/amd64": { filesBase: "amd" }, "linux/arm64": {} },
  };
  const { folder, requests } = await load(
    t,
    { "sub/gantry.config.json": JSON.stringify(config) },
    "sub/gantry.config.json",
  );
  assert.deepEqual(requests[0], {
    name: "sub",
    filesBase: join(folder, "sub/build"),
    platforms: { "linux/amd64": { filesBase: join(folder, "sub/amd") }, "linux/arm64": {} },
  });
});

test("a file that changed is loaded anew", async (t) => {
  const { folder } = await load(t, { "gantry.config.mjs": 'export default { name: "one" };' });
  writeFileSync(join(folder, "gantry.config.mjs"), 'export default { name: "another" };');
  const { requests } = await loadConfig({ context: folder, system: testSystem() });
  assert.equal(requests[0]?.name, "another");
});

test("no spec file is an error that says what to do", async (t) => {
  const message =
    /no gantry\.config\.\{ts,mts,js,mjs,json,yaml\} in .*: write one or a Dockerfile, or describe the image with --base/;
  await assert.rejects(load(t, {}), { code: "ERR_GANTRY_SPEC_NOT_FOUND", message });
  const near = /gantry\.config\.yml is there, is that meant \(did you mean "gantry\.config\.yaml"\?\)/;
  await assert.rejects(load(t, { "gantry.config.yml": "" }), {
    code: "ERR_GANTRY_SPEC_NOT_FOUND",
    message: near,
  });
  await assert.rejects(load(t, {}, "other.json"), {
    code: "ERR_GANTRY_SPEC_NOT_FOUND",
    message: /other\.json does not exist/,
  });
  await assert.rejects(load(t, { "a.json/x": "" }, "a.json"), {
    code: "ERR_GANTRY_SPEC_NOT_FOUND",
    message: /not a file/,
  });
});

test("two spec files in one folder are an error that names both", async (t) => {
  const files = { "gantry.config.json": "{}", "gantry.config.yaml": "{}" };
  await assert.rejects(load(t, files), {
    ...invalid,
    message: /has both gantry\.config\.json and gantry\.config\.yaml/,
  });
  assert.equal((await load(t, files, "gantry.config.yaml")).requests.length, 1);
});

test("a spec file of another kind, or far too large, is refused", async (t) => {
  await assert.rejects(load(t, { "a.toml": "" }, "a.toml"), { ...invalid, message: /ends in \.ts, / });
  const large = { "gantry.config.json": " ".repeat(4 * 1024 * 1024 + 1) };
  await assert.rejects(load(t, large), { code: "ERR_GANTRY_LIMIT" });
});

test("a program that throws or exports nothing is an error that names it", async (t) => {
  const throwing = { "gantry.config.mjs": 'throw new Error("no such mode");' };
  await assert.rejects(load(t, throwing), { ...invalid, message: "loading gantry.config.mjs: no such mode" });
  await assert.rejects(load(t, { "gantry.config.mjs": "export const a = 1;" }), {
    ...invalid,
    message: /expected a default export/,
  });
  await assert.rejects(load(t, { "gantry.config.ts": "export default {" }), {
    ...invalid,
    message: /^loading gantry\.config\.ts: /,
  });
});

const texts: readonly (readonly [string, "json" | "yaml", string, RegExp])[] = [
  ["broken JSON", "json", '{\n  "env": {"A" "b"}\n}', /^gantry\.config\.json: line 2:15: not valid JSON$/],
  ["JSON that ends early", "json", '{"env":', /^gantry\.config\.json: line 1:8: not valid JSON$/],
  ["JSON with a comment", "json", "{} // x", /line 1:4: not valid JSON/],
  ["a key twice in JSON", "json", '{"env":{"A":"1"},\n "env":{}}', /line 2:2: the key "env" is there twice$/],
  [
    "a key twice in JSON, written otherwise",
    "json",
    '{"env":{"A":"1","\\u0041":"2"}}',
    /the key "A" is there twice/,
  ],
  ["a key twice in YAML", "yaml", "env:\n  A: x\n  A: y\n", /line 3:3: Map keys must be unique/],
  ["broken YAML", "yaml", "env: {A: [1\n", /^gantry\.config\.yaml: line 2:1: /],
  ["an unknown tag", "yaml", "env: !secret x\n", /line 1:6: Unresolved tag: !secret/],
  ["two documents", "yaml", "a: 1\n---\nb: 2\n", /Source contains multiple documents/],
  ["an anchor that is not there", "yaml", "env: *a\n", /Unresolved alias/],
  [
    "an unknown field, with its line",
    "yaml",
    "images:\n  web:\n    enw: {}\n",
    /^gantry\.config\.yaml: line 3:10: images\.web: unknown field "enw" \(did you mean "env"\?\)$/,
  ],
  [
    "a number, with its line",
    "yaml",
    "env:\n  PORT: 8080\n",
    /^gantry\.config\.yaml: line 2:9: env\.PORT: expected a string, got a number$/,
  ],
  ["an empty file", "yaml", "", /expected a map, got nothing/],
];

for (const [what, extension, text, message] of texts) {
  test(`C51 ${what} is refused with where it is`, async (t) => {
    await assert.rejects(load(t, { [`gantry.config.${extension}`]: text }), { ...invalid, message });
  });
}

test("C51 aliases that multiply are refused, quickly", async (t) => {
  let text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (let level = 1; level < 10; level++) {
    const aliases = Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ");
    text += `a${level}: &a${level} [${aliases}]\n`;
  }
  await assert.rejects(load(t, { "gantry.config.yaml": text }), {
    ...invalid,
    message: /Excessive alias count/,
  });
});

test("C51 nesting without end, and a value that is its own part, are refused", async (t) => {
  await assert.rejects(load(t, { "gantry.config.yaml": `env: ${"[".repeat(50_000)}` }), invalid);
  await assert.rejects(load(t, { "gantry.config.json": "[".repeat(500_000) }), invalid);
  await assert.rejects(load(t, { "gantry.config.yaml": "env: &a\n  A: *a\n" }), invalid);
});

test("C51 anchors and merge keys of YAML work", async (t) => {
  const text = "images:\n  a: &a\n    base: debian\n    env: { X: '1' }\n  b:\n    <<: *a\n    user: app\n";
  const { folder, requests } = await load(t, { "gantry.config.yaml": text });
  assert.deepEqual(requests[1], {
    name: "b",
    base: "debian",
    env: { X: "1" },
    user: "app",
    filesBase: folder,
  });
});

test("C52 no message shows the text of the file, which may hold a secret", async (t) => {
  const secret = "hunter2";
  const files = [
    ["json", `{"env":{"TOKEN":"${secret}" x "${secret}"}}`],
    ["json", `{"env":{"TOKEN":["${secret}\\n${secret}"]}}`],
    ["json", `{"env":{"TOKEN":"\${${secret}`],
    ["yaml", `env:\n  TOKEN: "${secret}" ${secret}\n`],
    ["yaml", `env:\n  TOKEN: |${secret}\n`],
    ["yaml", `env:\n  TOKEN: [${secret}\n`],
    ["yaml", `env:\n  TOKEN: @${secret}\n`],
    ["yaml", `env:\n  TOKEN: x: ${secret}\n`],
    ["yaml", `env:\n  TOKEN: {${secret}: 1, ${secret}\n${secret}`],
  ] as const;
  for (const [extension, text] of files) {
    await assert.rejects(
      load(t, { [`gantry.config.${extension}`]: text }),
      ({ message }: Error) => !message.includes(secret),
      text,
    );
  }
});

test("a file that is not UTF-8 is refused, a byte order mark is not", async (t) => {
  const folder = folderOf(t, {});
  writeFileSync(join(folder, "gantry.config.json"), Buffer.from([0x7b, 0xff, 0x7d]));
  await assert.rejects(loadConfig({ context: folder, system: testSystem() }), {
    ...invalid,
    message: /expected UTF-8/,
  });
  writeFileSync(join(folder, "gantry.config.json"), '\ufeff{"name":"a"}');
  assert.equal((await loadConfig({ context: folder, system: testSystem() })).requests[0]?.name, "a");
});

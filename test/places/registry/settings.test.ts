import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { loadSettings } from "../../../src/places/registry/settings.js";
import { createInProcess } from "../../support/in-process.js";
import { createGate } from "../../support/gate.js";
import { scratchFolder } from "../../support/scratch-folder.js";
import { startFaultRegistry } from "../../support/fault-registry.js";
import { bareSystem, image, layer } from "./images.js";
import { openSession, push } from "./setup.js";

const text = `
registries:
  registry.example:5000:
    concurrency: 8
    chunk: 16MiB
    mirror: [mirror.example, "http://localhost:5000/cache"]
    mirrorTags: true
    plainHttp: true
    ca: certs/ca.pem
  docker.io: { mirror: mirror.example }
`;

test("the settings file is found in the configuration folder, by variable or by name; its paths start in its folder", async (t) => {
  const home = await scratchFolder(t);
  assert.deepEqual(await loadSettings(undefined, bareSystem({}, home)), {});
  const folder = join(home, ".config", "gantry");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "registries.yaml");
  writeFileSync(file, text);
  const expected = {
    "registry.example:5000": {
      concurrency: 8,
      chunk: 16 * 1024 * 1024,
      mirror: ["mirror.example", "http://localhost:5000/cache"],
      mirrorTags: true,
      plainHttp: true,
      ca: [join(folder, "certs/ca.pem")],
    },
    "docker.io": { mirror: ["mirror.example"] },
  };
  assert.deepEqual(await loadSettings(undefined, bareSystem({}, home)), expected);
  assert.deepEqual(await loadSettings(undefined, bareSystem({ GANTRY_REGISTRIES: file })), expected);
  assert.deepEqual(await loadSettings(file, bareSystem()), expected);
  await assert.rejects(loadSettings(join(home, "missing.yaml"), bareSystem()), /missing\.yaml/);
});

const wrong: readonly (readonly [text: string, message: RegExp])[] = [
  ["registries: [1]", /, registries: expected a table of names$/],
  ["registeries: {}", /: unknown key "registeries" \(did you mean "registries"\?\)$/],
  [
    "registries: {a.test: {mirrors: x}}",
    /, registries\."a\.test": unknown key "mirrors" \(did you mean "mirror"\?\)$/,
  ],
  ["registries: {a.test: {concurrency: 0}}", /\.concurrency: expected a whole number from 1 to 100$/],
  ["registries: {a.test: {chunk: big}}", /\.chunk: expected a size such as 16MiB, at least 64KiB$/],
  ["registries: {a.test: {chunk: 1}}", /\.chunk: expected a size/],
  ['registries: {a.test: {plainHttp: "yes"}}', /\.plainHttp: expected true or false$/],
  ['registries: {a.test: {mirror: "ftp://x y"}}', /\.mirror: expected a host/],
  ['registries: {a.test: {mirror: "https://user:secret@x"}}', /\.mirror: expected a host/],
  ["registries: {a.test: {cert: c.pem}}", /cert and key belong together/],
  ["registries: {", /is not YAML/],
];
for (const [yaml, message] of wrong) {
  test(`the settings ${yaml} are refused by name, before any request`, async (t) => {
    const { folder, run } = createInProcess(t);
    writeFileSync(join(folder, "own.yaml"), yaml);
    const { status, stderr } = await run(["inspect", "--registries", "own.yaml", "localhost:1/app:1"]);
    assert.equal(status, 2);
    const line = stderr.trim();
    assert.match(line.replace(/^gantry: (?:reading [^:]*:[^:]*:[^:]*: )?/, ""), message);
    assert.match(line, /own\.yaml/);
    assert.ok(!line.includes("secret"));
  });
}

test("--registry-concurrency and a registry's concurrency limit the uploads at once; the flag wins", async (t) => {
  for (const [options, expected] of [
    [{ settings: 1 }, 1],
    [{ settings: 1, flag: 3 }, 3],
    [{ flag: 2 }, 2],
  ] as const) {
    const gate = createGate();
    let [running, most] = [0, 0];
    const front = await startFaultRegistry(t, ({ method, path }) => {
      if (method !== "PUT" || !path.includes("/blobs/")) return undefined;
      most = Math.max(most, ++running);
      if (running >= expected) setImmediate(() => gate.open());
      return { hold: gate.opened.then(() => void running--) };
    });
    const { settings, flag }: { settings?: number; flag?: number } = options;
    const registries = settings === undefined ? {} : { [front.host]: { concurrency: settings } };
    const session = openSession(t, { registries, concurrency: flag });
    const layers = Array.from({ length: 8 }, (_, at) => layer(`layer ${at}`));
    await push(session, image(layers), [`${front.host}/app:1`]);
    assert.equal(most, expected);
  }
});

test("--registry-concurrency takes a whole number and nothing else", async (t) => {
  const { run } = createInProcess(t);
  const { status, stderr } = await run(["inspect", "--registry-concurrency", "many", "localhost:1/app:1"]);
  assert.equal(status, 2);
  assert.match(stderr, /whole number from 1 to 100/);
});

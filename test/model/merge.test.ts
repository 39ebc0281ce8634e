import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseConfig } from "../../src/model/manifest.js";
import { mergeConfig, type ConfigChange } from "../../src/model/merge.js";
import type { HistoryEntry, ImageConfig, Platform, RuntimeConfig } from "../../src/model/oci.js";

const created = "1970-01-01T00:00:00Z";
const amd64: Platform = { os: "linux", architecture: "amd64" };
const diffId = (digit: string) => `sha256:${digit.repeat(64)}` as const;

function baseOf(config: RuntimeConfig, more: Partial<ImageConfig> = {}): ImageConfig {
  return { architecture: "amd64", os: "linux", config, rootfs: { type: "layers", diff_ids: [] }, ...more };
}
function merge(base: RuntimeConfig | undefined, change: ConfigChange): RuntimeConfig {
  return mergeConfig(base === undefined ? undefined : baseOf(base), change, { platform: amd64, created })
    .config.config!;
}
const changesOf = (change: ConfigChange) =>
  mergeConfig(undefined, change, { platform: amd64, created }).changes;
const refuses = (change: ConfigChange, message: RegExp) =>
  assert.throws(() => merge({}, change), { code: "ERR_GANTRY_SPEC_INVALID", message });

test("env is replaced by key in place, order kept, new variables come last", () => {
  const merged = merge(
    { Env: ["PATH=/bin", "LANG=C", "TERM=x"] },
    { env: { NEW: "1", LANG: "a=b", EMPTY: "" } },
  );
  assert.deepEqual(merged.Env, ["PATH=/bin", "LANG=a=b", "TERM=x", "NEW=1", "EMPTY="]);
});

test("a variable that the base has twice is replaced once and for all", () => {
  assert.deepEqual(merge({ Env: ["A=1", "B=2", "A=3"] }, { env: { A: "4" } }).Env, ["A=4", "B=2"]);
});

test("an env key that is a prefix of another, or odd, touches only its own", () => {
  const env = { A: "x", ["__proto__"]: "y" };
  assert.deepEqual(merge({ Env: ["AB=1", "A", "=z"] }, { env }).Env, ["AB=1", "A=x", "=z", "__proto__=y"]);
});

test("an env key that cannot be one is refused by name", () => {
  refuses({ env: { "": "x" } }, /env "" is no name/);
  refuses({ env: { "A=B": "x" } }, /env "A=B" is no name of a variable/);
  refuses({ env: { A: "x\0" } }, /env "A" has a NUL/);
});

test("merging an environment keeps every other variable and its order", () => {
  const key = fc.constantFrom("A", "B", "C", "D");
  const lines = fc.uniqueArray(key).map((keys) => keys.map((each) => `${each}=base`));
  fc.assert(
    fc.property(lines, fc.dictionary(key, fc.constant("new")), (base, env) => {
      const merged = merge({ Env: base }, { env }).Env!;
      const keys = merged.map((line) => line.split("=")[0]!);
      assert.deepEqual(
        keys.slice(0, base.length),
        base.map((line) => line.split("=")[0]!),
      );
      assert.equal(new Set(keys).size, keys.length);
      for (const line of merged) assert.equal(line.endsWith("=new"), Object.hasOwn(env, line.split("=")[0]!));
    }),
  );
});

test("labels are merged over the base's, written by name", () => {
  const merged = merge({ Labels: { z: "base", m: "base" } }, { labels: { m: "new", a: "new" } });
  assert.equal(JSON.stringify(merged.Labels), '{"a":"new","m":"new","z":"base"}');
  refuses({ labels: { "": "x" } }, /labels has an empty key/);
});

test("ports are united with the base's, ranges and protocols understood", () => {
  const merged = merge(
    { ExposedPorts: { "80/tcp": {} } },
    { exposedPorts: ["8080", "53/UDP", "8000-8002", "80"] },
  );
  assert.deepEqual(Object.keys(merged.ExposedPorts!), [
    "53/udp",
    "80/tcp",
    "8000/tcp",
    "8001/tcp",
    "8002/tcp",
    "8080/tcp",
  ]);
});

test("volumes are united with the base's", () => {
  assert.deepEqual(merge({ Volumes: { "/data": {} } }, { volumes: ["/cache", "/data"] }).Volumes, {
    "/cache": {},
    "/data": {},
  });
  refuses({ volumes: ["data"] }, /invalid volume "data": expected an absolute path/);
});

for (const [base, workdir, result] of [
  ["/srv", "app", "/srv/app"],
  ["/srv/", "../app/./x/", "/app/x"],
  [undefined, "app", "/app"],
  ["", "app", "/app"],
  ["/srv", "/app/", "/app/"],
  ["/srv", "../..", "/"],
] as const) {
  test(`the workdir ${workdir} on a base with ${base ?? "none"} is ${result}`, () => {
    assert.equal(merge(base === undefined ? {} : { WorkingDir: base }, { workdir }).WorkingDir, result);
  });
}

test("an empty workdir is refused", () => refuses({ workdir: "" }, /workdir is empty/));

test("setting the entrypoint clears the inherited cmd", () => {
  const merged = merge({ Entrypoint: ["old"], Cmd: ["arg"] }, { entrypoint: ["new"] });
  assert.deepEqual(merged, { Entrypoint: ["new"] });
});

test("setting entrypoint and cmd sets both", () => {
  const merged = merge({ Entrypoint: ["old"], Cmd: ["arg"] }, { entrypoint: ["new"], cmd: ["x"] });
  assert.deepEqual(merged, { Entrypoint: ["new"], Cmd: ["x"] });
});

test("cmd alone keeps the inherited entrypoint", () => {
  assert.deepEqual(merge({ Entrypoint: ["old"], Cmd: ["arg"] }, { cmd: ["x"] }), {
    Entrypoint: ["old"],
    Cmd: ["x"],
  });
});

test("[] clears the entrypoint, with the inherited cmd, and [] clears the cmd alone", () => {
  const base = { Entrypoint: ["old"], Cmd: ["arg"] };
  assert.deepEqual(merge(base, { entrypoint: [] }), {});
  assert.deepEqual(merge(base, { entrypoint: [], cmd: ["x"] }), { Cmd: ["x"] });
  assert.deepEqual(merge(base, { cmd: [] }), { Entrypoint: ["old"] });
});

test("neither entrypoint nor cmd keeps both, null in the base is none", () => {
  assert.deepEqual(merge({ Entrypoint: ["old"], Cmd: ["arg"] }, {}), { Entrypoint: ["old"], Cmd: ["arg"] });
  assert.deepEqual(merge({ Entrypoint: null, Cmd: null }, {}), {});
});

test("an argument with a NUL is refused", () => {
  refuses({ entrypoint: ["a\0"] }, /entrypoint has a NUL/);
  refuses({ cmd: ["a\0"] }, /cmd has a NUL/);
});

test("user, stop signal and healthcheck replace the base's", () => {
  const base = { User: "root", StopSignal: "SIGTERM", Healthcheck: { Test: ["NONE"], Retries: 9 } };
  const healthcheck = { Interval: 30e9, Test: ["CMD", "true"] };
  const merged = merge(base, { user: "1000:1000", stopSignal: "SIGINT", healthcheck });
  assert.equal(
    JSON.stringify(merged),
    '{"User":"1000:1000","StopSignal":"SIGINT","Healthcheck":{"Test":["CMD","true"],"Interval":30000000000}}',
  );
});

test("the platform is the requested one and not the base's, on scratch too", () => {
  const base = baseOf({}, { architecture: "arm64", variant: "v8", os: "linux" });
  const onto = (from: ImageConfig | undefined, platform: Platform) => {
    const { os, architecture, variant } = mergeConfig(from, {}, { platform, created }).config;
    return { os, architecture, variant };
  };
  assert.deepEqual(onto(base, amd64), { os: "linux", architecture: "amd64", variant: undefined });
  assert.deepEqual(onto(undefined, { os: "linux", architecture: "arm", variant: "v6" }), {
    os: "linux",
    architecture: "arm",
    variant: "v6",
  });
  assert.deepEqual(onto(base, { os: "linux", architecture: "arm64", variant: "v8" }), {
    os: "linux",
    architecture: "arm64",
    variant: undefined,
  });
});

test("the version of the base's system is kept for the same system only", () => {
  const base = baseOf({}, { os: "windows", "os.version": "10.0.17763.1", "os.features": ["win32k"] });
  const windows = mergeConfig(
    base,
    {},
    { platform: { os: "windows", architecture: "amd64" }, created },
  ).config;
  assert.deepEqual([windows["os.version"], windows["os.features"]], ["10.0.17763.1", ["win32k"]]);
  const linux = mergeConfig(base, {}, { platform: amd64, created }).config;
  assert.deepEqual([linux["os.version"], linux["os.features"]], [undefined, undefined]);
});

test("created is the given one, not the base's", () => {
  assert.equal(
    mergeConfig(baseOf({}, { created: "2020-01-01T00:00:00Z" }), {}, { platform: amd64, created }).config
      .created,
    created,
  );
});

test("there is one history line for each change, as docker writes them, in a fixed order", () => {
  const lines = changesOf({
    cmd: ["--port", "80 80"],
    entrypoint: ["node"],
    healthcheck: { Test: ["CMD", "true"] },
    stopSignal: "SIGINT",
    volumes: ["/b", "/a"],
    exposedPorts: ["8080", "53/udp"],
    workdir: "app",
    user: "node",
    labels: { l: "1" },
    env: { PORT: "8080", A: "b c" },
  });
  assert.deepEqual(lines, [
    "ENV PORT=8080",
    "ENV A=b c",
    "LABEL l=1",
    "USER node",
    "WORKDIR /app",
    "EXPOSE [8080/tcp 53/udp]",
    "VOLUME [/b /a]",
    "STOPSIGNAL SIGINT",
    'HEALTHCHECK ["CMD" "true"]',
    'ENTRYPOINT ["node"]',
    'CMD ["--port" "80 80"]',
  ]);
  assert.deepEqual(changesOf({}), []);
  assert.deepEqual(changesOf({ entrypoint: [], env: {}, volumes: [] }), ["ENTRYPOINT []"]);
});

const withHistory = (history: readonly HistoryEntry[] | undefined, layers: number) =>
  mergeConfig(
    baseOf(
      {},
      {
        rootfs: {
          type: "layers",
          diff_ids: Array.from({ length: layers }, (_, index) => diffId(String(index))),
        },
        ...(history === undefined ? {} : { history }),
      },
    ),
    {},
    { platform: amd64, created },
  ).config.history!;

test("missing history of the base is padded until non-empty entries and layers are equally many", () => {
  const layer = { created_by: "ADD" };
  const empty = { created_by: "ENV", empty_layer: true };
  const padding = { created, comment: "the base image has no history of this layer" };
  assert.deepEqual(withHistory([layer, empty], 1), [layer, empty]);
  assert.deepEqual(withHistory([layer, empty], 3), [layer, empty, padding, padding]);
  assert.deepEqual(withHistory(undefined, 2), [padding, padding]);
  assert.deepEqual(withHistory(undefined, 0), []);
});

test("a history of more layers than there are is an error with both numbers", () => {
  assert.throws(() => withHistory([{ created_by: "a" }, { created_by: "b", empty_layer: false }], 1), {
    code: "ERR_GANTRY_MANIFEST_INVALID",
    message: /history tells of 2 layers, but it has 1/,
  });
});

test("ONBUILD of the base is dropped with a warning that names it", () => {
  const { config, warnings } = mergeConfig(
    baseOf({ OnBuild: ["RUN make"], User: "x" }),
    {},
    { platform: amd64, created },
  );
  assert.deepEqual(config.config, { User: "x" });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /ONBUILD .* dropped: "RUN make"/);
  assert.deepEqual(mergeConfig(baseOf({ OnBuild: [] }), {}, { platform: amd64, created }).warnings, []);
});

test("A17 unknown fields of the base survive, known ones keep one order whatever the base's", () => {
  const text =
    '{"zzz":1,"rootfs":{"type":"layers","diff_ids":[]},"os":"linux","author":"me","config":{"__proto__":{"x":1},"Zeta":1,"User":"u","ArgsEscaped":true},"architecture":"amd64","aaa":{"b":[]}}';
  const base = parseConfig(Buffer.from(text), "config");
  const { config } = mergeConfig(base, { env: { A: "1" } }, { platform: amd64, created });
  assert.equal(
    JSON.stringify(config),
    '{"created":"1970-01-01T00:00:00Z","author":"me","architecture":"amd64","os":"linux","config":{"User":"u","Env":["A=1"],"ArgsEscaped":true,"Zeta":1,"__proto__":{"x":1}},"rootfs":{"type":"layers","diff_ids":[]},"history":[],"aaa":{"b":[]},"zzz":1}',
  );
});

test("the base is not changed", () => {
  const base = baseOf({ Env: ["A=1"], Labels: { a: "1" } });
  const before = structuredClone(base);
  mergeConfig(base, { env: { A: "2" }, labels: { a: "2" }, entrypoint: ["x"] }, { platform: amd64, created });
  assert.deepEqual(base, before);
});

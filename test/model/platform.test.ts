import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  formatPlatform,
  machinePlatform,
  matchesPlatform,
  normalizePlatform,
  parsePlatform,
  selectPlatform,
} from "../../src/model/platform.js";
import type { Descriptor, Platform } from "../../src/model/oci.js";

const readings: readonly (readonly [text: string, normal: string])[] = [
  ["linux/amd64", "linux/amd64"],
  ["linux/arm64/v8", "linux/arm64"],
  ["linux/arm64/8", "linux/arm64"],
  ["linux/arm64/v8.0", "linux/arm64"],
  ["linux/arm64/v9.0", "linux/arm64/v9"],
  ["linux/arm64/v8.2", "linux/arm64/v8.2"],
  ["arm64", "linux/arm64"],
  ["aarch64", "linux/arm64"],
  ["x86_64", "linux/amd64"],
  ["linux/x86-64", "linux/amd64"],
  ["linux/amd64/v1", "linux/amd64"],
  ["linux/amd64/v3", "linux/amd64/v3"],
  ["linux/arm", "linux/arm/v7"],
  ["linux/arm/7", "linux/arm/v7"],
  ["linux/arm/v6", "linux/arm/v6"],
  ["armhf", "linux/arm/v7"],
  ["armel", "linux/arm/v6"],
  ["linux/i386", "linux/386"],
  ["LINUX/ARM64", "linux/arm64"],
  ["macos/arm64", "darwin/arm64"],
  ["windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64"],
  ["wasi/wasm", "wasi/wasm"],
  ["linux/riscv64", "linux/riscv64"],
];

for (const [text, normal] of readings) {
  test(`A13 the platform ${text} is ${normal}`, () => {
    assert.equal(formatPlatform(parsePlatform(text)), normal);
    assert.deepEqual(parsePlatform(normal), parsePlatform(text));
  });
}

for (const [text, reason] of [
  ["", /expected os\/architecture/],
  ["/", /expected os\/architecture/],
  ["linux/", /expected os\/architecture/],
  ["linux/arm/v7/x", /expected os\/architecture/],
  ["linux", /its architecture is missing, expected for example "linux\/amd64"/],
  ["linux/amd46", /unknown architecture "amd46" \(did you mean "amd64"\?\)/],
  ["arch64", /unknown architecture "arch64" \(did you mean "aarch64"\?\)/],
  ["linx/amd64", /unknown operating system "linx" \(did you mean "linux"\?\)/],
  ["linux/arm/v9", /unknown variant "v9" of arm, expected v5, v6, v7, v8/],
  ["linux/arm64/v7", /unknown variant "v7" of arm64/],
  ["linux/*", /unknown architecture/],
  ["linux/__proto__", /unknown architecture/],
  ["linux/constructor", /unknown architecture/],
  ["linux(/amd64", /unknown operating system/],
] as const) {
  test(`the platform ${JSON.stringify(text)} is refused with what was expected`, () => {
    assert.throws(() => parsePlatform(text), { code: "ERR_GANTRY_PLATFORM_INVALID", message: reason });
  });
}

test("normalising is idempotent, keeps what it does not know and never throws", () => {
  const part = fc.oneof(
    fc.constantFrom("arm", "arm64", "amd64", "v7", "v8", "8", "x86_64", "linux", "armhf", "toString"),
    fc.string(),
  );
  const platform = fc.record(
    { os: part, architecture: part, variant: part, "os.version": fc.string() },
    { requiredKeys: ["os", "architecture"] },
  );
  fc.assert(
    fc.property(platform, (value) => {
      const normal = normalizePlatform(value);
      assert.deepEqual(normalizePlatform(normal), normal);
      assert.equal(normal["os.version"], value["os.version"]);
    }),
  );
});

const known = fc.constantFrom(...readings.map(([text]) => text));

test("every platform that parses is written and read back, and matches itself", () => {
  fc.assert(
    fc.property(known, (text) => {
      const platform = parsePlatform(text);
      assert.deepEqual(parsePlatform(formatPlatform(platform)), platform);
      assert.ok(matchesPlatform(platform, platform));
    }),
  );
});

const matches: readonly (readonly [wanted: string, offered: string, runs: boolean])[] = [
  ["linux/arm64", "linux/arm64/v8", true],
  ["linux/arm64/v8", "linux/arm64", true],
  ["linux/arm/v7", "linux/arm", true],
  ["linux/arm/v7", "linux/arm/v6", true],
  ["linux/arm/v7", "linux/arm/v5", true],
  ["linux/arm/v6", "linux/arm/v7", false],
  ["linux/arm/v6", "linux/arm", false],
  ["linux/arm/v8", "linux/arm/v7", true],
  ["linux/arm64", "linux/arm/v7", false],
  ["linux/arm64/v8.2", "linux/arm64/v8.1", true],
  ["linux/arm64/v8.2", "linux/arm64", true],
  ["linux/arm64", "linux/arm64/v8.1", false],
  ["linux/arm64/v9.1", "linux/arm64/v9", true],
  ["linux/arm64/v9.1", "linux/arm64/v8.6", true],
  ["linux/arm64/v9.1", "linux/arm64/v8.7", false],
  ["linux/amd64/v3", "linux/amd64/v2", true],
  ["linux/amd64/v3", "linux/amd64", true],
  ["linux/amd64", "linux/amd64/v2", false],
  ["linux/amd64", "linux/386", false],
  ["linux/amd64", "windows/amd64", false],
  ["windows(10.0.17763)/amd64", "windows(10.0.17763.5936)/amd64", true],
  ["windows(10.0.17763)/amd64", "windows(10.0.20348.1)/amd64", false],
  ["windows/amd64", "windows(10.0.20348.1)/amd64", true],
];

for (const [wanted, offered, runs] of matches) {
  test(`A13 an image of ${offered} ${runs ? "serves" : "does not serve"} ${wanted}`, () => {
    assert.equal(matchesPlatform(parsePlatform(wanted), parsePlatform(offered)), runs);
  });
}

let serial = 0;
function entry(
  platform: string | Platform | undefined,
  annotations?: Readonly<Record<string, string>>,
): Descriptor {
  const hex = (++serial).toString(16).padStart(64, "0");
  return {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: `sha256:${hex}`,
    size: 1,
    ...(platform === undefined
      ? {}
      : { platform: typeof platform === "string" ? parsePlatform(platform) : platform }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
const attestation = entry({ os: "unknown", architecture: "unknown" });
const select = (manifests: readonly Descriptor[], wanted: string) =>
  selectPlatform(manifests, parsePlatform(wanted), "base debian:12");

test("A13 the nearest older variant is chosen, wherever it stands in the index", () => {
  const [v5, v7, v6] = [entry("linux/arm/v5"), entry("linux/arm/v7"), entry("linux/arm/v6")];
  const index = [v5, v7, v6, entry("linux/arm64"), attestation];
  assert.equal(select(index, "linux/arm/v7"), v7);
  assert.equal(select(index, "linux/arm/v6"), v6);
  assert.equal(select([v5, v6], "linux/arm/v7"), v6);
  assert.equal(select(index, "linux/arm"), v7);
});

test("A13 the first of several entries for one platform is chosen", () => {
  const older = entry("windows(10.0.17763.1)/amd64");
  const newer = entry("windows(10.0.20348.1)/amd64");
  assert.equal(select([older, newer], "windows/amd64"), older);
  assert.equal(select([newer, older], "windows/amd64"), newer);
  assert.equal(select([older, newer], "windows(10.0.20348)/amd64"), newer);
});

test("entries without a platform and attestations are passed over", () => {
  const amd64 = entry("linux/amd64");
  const marked = entry("linux/amd64", { "vnd.docker.reference.type": "attestation-manifest" });
  assert.equal(select([attestation, entry(undefined), marked, amd64], "linux/amd64"), amd64);
});

test("the only image of an index needs no platform", () => {
  const only = entry(undefined);
  assert.equal(select([only], "linux/s390x"), only);
  assert.equal(select([attestation, only], "linux/s390x"), only);
});

test("A11 no match lists once each what there is, attestations apart", () => {
  const index = [
    entry("linux/amd64"),
    entry("linux/arm/v7"),
    entry("linux/amd64"),
    entry(undefined),
    attestation,
  ];
  assert.throws(() => select(index, "linux/s390x"), {
    code: "ERR_GANTRY_PLATFORM_NOT_FOUND",
    message: "base debian:12 has no image for linux/s390x: it has linux/amd64, linux/arm/v7",
  });
  assert.throws(
    () => select([entry(undefined), entry(undefined)], "linux/s390x"),
    /it names no platform at all/,
  );
  assert.throws(() => select([], "linux/s390x"), /it names no platform at all/);
});

test("A11 no match has a code of its own", () => {
  assert.throws(() => select([attestation], "linux/amd64"), { code: "ERR_GANTRY_PLATFORM_NOT_FOUND" });
});

test("this machine's platform is always Linux, in Go's names", () => {
  const names = ["x64", "arm64", "arm", "ia32", "ppc64", "s390x", "riscv64", "loong64"].map((arch) =>
    formatPlatform(machinePlatform({ arch })),
  );
  assert.deepEqual(names, [
    "linux/amd64",
    "linux/arm64",
    "linux/arm/v7",
    "linux/386",
    "linux/ppc64le",
    "linux/s390x",
    "linux/riscv64",
    "linux/loong64",
  ]);
});

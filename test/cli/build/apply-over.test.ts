import assert from "node:assert/strict";
import { test } from "node:test";
import { applyOver } from "../../../src/cli/build/apply-over.js";
import type { BuildRequest } from "../../../src/index.js";

const spec: BuildRequest = {
  env: { A: "spec", B: "spec" },
  files: { "/f": "f" },
  platforms: {
    "linux/arm64": { env: { A: "arm" }, user: "2", layers: [{ files: { "/own": "own" } }] },
    "linux/amd64": {},
  },
};

test("a flag holds for every platform, whatever the spec has for it alone", () => {
  const over = applyOver(spec, { env: { A: "flag" }, user: "9" }, "/context");
  assert.deepEqual(over.env, { A: "flag", B: "spec" });
  assert.equal(over.user, "9");
  assert.deepEqual(over.platforms, {
    "linux/arm64": { env: { A: "flag" }, layers: [{ files: { "/own": "own" } }] },
    "linux/amd64": {},
  });
});

test("added files come after all of the spec's, on every platform", () => {
  const add = [{ files: { "/f": "mine" } }];
  const over = applyOver(spec, { layers: add }, "/context");
  assert.deepEqual(over.layers, [{ files: { "/f": "f" } }, ...add]);
  assert.equal(over.files, undefined);
  const { "linux/arm64": arm } = over.platforms as Record<string, BuildRequest>;
  assert.deepEqual(arm?.layers, [{ files: { "/own": "own" } }, ...add]);
});

test("--platform finds the spec's overrides under any spelling", () => {
  for (const name of ["arm64", "linux/arm64/v8", "linux/aarch64"]) {
    const { platforms } = applyOver(spec, { platforms: [name] }, "/context");
    assert.equal((platforms as Record<string, BuildRequest>)[name]?.user, "2", name);
  }
});

test("a dollar in the context's own path is no variable", () => {
  const over = applyOver(
    { filesBase: "/elsewhere" },
    { layers: [{ files: { "/d": "d${TARGETARCH}" } }] },
    "/a$b",
  );
  assert.deepEqual(over.layers, [{ files: { "/d": "/a$$b/d${TARGETARCH}" } }]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOutputs, staysHere } from "../../src/build/targets.js";

const plan = (name: string, tags: readonly string[], platforms = 1) => ({
  name,
  tags,
  platforms,
});

test("two images under one tag are refused, however it is spelt", () => {
  const plans = [plan("web", ["app:1"]), plan("api", ["docker.io/library/app:1"])];
  assert.throws(() => checkOutputs(plans, [{ type: "registry" }]), {
    code: "ERR_GANTRY_SPEC_INVALID",
    message: /^web and api are both named "app:1"/,
  });
});

test("two images that one layout would name alike are refused; a registry keeps them apart", () => {
  const plans = [plan("web", ["h.io/web:1"]), plan("api", ["h.io/api:1"])];
  checkOutputs(plans, [{ type: "registry" }, { type: "store" }]);
  assert.throws(() => checkOutputs(plans, [{ type: "oci", dest: "out" }]), /both be named in out "1"/);
});

test("an archive of several images and a docker archive of several platforms are usage errors", () => {
  const plans = [plan("web", []), plan("api", [])];
  assert.throws(() => checkOutputs(plans, [{ type: "docker", dest: "x.tar" }]), { code: "ERR_GANTRY_USAGE" });
  assert.throws(() => checkOutputs([plan("web", [], 2)], [{ type: "load" }]), /takes one platform/);
});

test("everything stays here only where each registry is on loopback", () => {
  assert.equal(staysHere(["localhost:5000/a:1", "127.0.0.1/b:1"], [{ type: "registry" }]), true);
  assert.equal(staysHere(["localhost:5000/a:1", "h.io/b:1"], [{ type: "registry" }]), false);
  assert.equal(staysHere(["h.io/b:1"], [{ type: "oci", dest: "out" }, { type: "store" }]), true);
});

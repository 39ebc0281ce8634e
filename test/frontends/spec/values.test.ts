import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCreated, sourceDateEpoch } from "../../../src/frontends/spec/created.js";
import { parseDestination } from "../../../src/frontends/spec/destination.js";
import { parseMode, parseOwner } from "../../../src/frontends/spec/file-options.js";
import { healthcheckConfig, parseDuration } from "../../../src/frontends/spec/healthcheck.js";
import { imageName, imageTags } from "../../../src/frontends/spec/names.js";
import { testSystem } from "./world.js";

const invalid = { code: "ERR_GANTRY_SPEC_INVALID" };

test("a destination is an absolute path, cleaned of what means nothing", () => {
  assert.deepEqual(parseDestination("/app/main.js"), { path: "app/main.js", folder: false });
  assert.deepEqual(parseDestination("/app/"), { path: "app", folder: true });
  assert.deepEqual(parseDestination("//app/./x//"), { path: "app/x", folder: true });
  assert.deepEqual(parseDestination("/app/."), { path: "app", folder: true });
  assert.deepEqual(parseDestination("/"), { path: "", folder: true });
  assert.deepEqual(parseDestination("/a b/...$x"), { path: "a b/...$x", folder: false });
});

test("a destination that is relative, leads upwards or has a variable is refused with the right spelling", () => {
  assert.throws(() => parseDestination("app"), { ...invalid, message: /did you mean "\/app"\?/ });
  assert.throws(() => parseDestination("./app/"), { ...invalid, message: /did you mean "\/app\/"\?/ });
  assert.throws(() => parseDestination("/a/../b"), { ...invalid, message: /"\.\." is not allowed/ });
  assert.throws(() => parseDestination("/a\0b"), { ...invalid, message: /NUL/ });
  assert.throws(() => parseDestination("/${TARGETARCH}/x"), {
    ...invalid,
    message: /not expanded in destinations/,
  });
});

test("a mode is octal text or a number of permission bits", () => {
  for (const text of ["644", "0644", "0o644"]) assert.equal(parseMode(text), 0o644);
  assert.equal(parseMode("4755"), 0o4755);
  assert.equal(parseMode("07777"), 0o7777);
  assert.equal(parseMode(0o750), 0o750);
  for (const bad of ["64", "0888", "u+x", "", "100644", -1, 0o10000, 1.5, Number.NaN]) {
    assert.throws(() => parseMode(bad), invalid, String(bad));
  }
});

test("an owner is one or two numbers that runtimes take", () => {
  assert.deepEqual(parseOwner("1000:100"), { uid: 1000, gid: 100 });
  assert.deepEqual(parseOwner("33"), { uid: 33, gid: 33 });
  assert.deepEqual(parseOwner("0:2147483647"), { uid: 0, gid: 2147483647 });
  for (const bad of ["", "root", "1:", ":1", "1:2:3", "-1", "2147483648", "4294967296:0", "1 "]) {
    assert.throws(() => parseOwner(bad), invalid, bad);
  }
});

test("a duration is Go's, in nanoseconds", () => {
  const durations = {
    "30s": 30e9,
    "1m30s": 90e9,
    "1.5h": 5400e9,
    "500ms": 5e8,
    "0": 0,
    "0s": 0,
    "2us": 2000,
    "3ns": 3,
  };
  for (const [text, expected] of Object.entries(durations)) assert.equal(parseDuration(text), expected, text);
  for (const bad of ["", "30", "s", "3 s", "-3s", "1d", "1e3s", "99999999h"]) {
    assert.throws(() => parseDuration(bad), invalid, bad);
  }
});

test("a health check has Docker's words, and only the fields that were given", () => {
  assert.deepEqual(healthcheckConfig({ test: "curl -f localhost" }), {
    Test: ["CMD-SHELL", "curl -f localhost"],
  });
  assert.deepEqual(healthcheckConfig({ test: ["NONE"] }), { Test: ["NONE"] });
  const all = { interval: "1s", timeout: "2s", startPeriod: "3s", startInterval: "4s", retries: 5 };
  assert.deepEqual(healthcheckConfig({ test: ["CMD", "/probe"], ...all }), {
    Test: ["CMD", "/probe"],
    Interval: 1e9,
    Timeout: 2e9,
    StartPeriod: 3e9,
    StartInterval: 4e9,
    Retries: 5,
  });
});

test("a health check that Docker would refuse is refused by field", () => {
  for (const list of [[], ["CMD"], ["curl", "x"], ["NONE", "x"]]) {
    assert.throws(() => healthcheckConfig({ test: list }), {
      ...invalid,
      message: /^healthcheck\.test: expected/,
    });
  }
  assert.throws(
    () => healthcheckConfig({ test: "x", interval: "1us" }),
    /^GantryError: healthcheck\.interval: expected at least 1ms/,
  );
});

test("a creation time is RFC 3339 or seconds, written in UTC", () => {
  assert.equal(parseCreated("2026-01-31T12:00:00Z"), "2026-01-31T12:00:00Z");
  assert.equal(parseCreated("2026-01-31T12:00:00.250+02:00"), "2026-01-31T10:00:00.250Z");
  assert.equal(parseCreated(0), "1970-01-01T00:00:00Z");
  assert.equal(parseCreated(1767225600), "2026-01-01T00:00:00Z");
  for (const bad of [
    "",
    "yesterday",
    "2026-01-31",
    "2026-13-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    -1,
    1e15,
    Number.NaN,
  ]) {
    assert.throws(() => parseCreated(bad), invalid, String(bad));
  }
});

test("SOURCE_DATE_EPOCH is whole seconds, and 0 where it is not set", () => {
  assert.equal(sourceDateEpoch(testSystem({})), 0);
  assert.equal(sourceDateEpoch(testSystem({ SOURCE_DATE_EPOCH: "" })), 0);
  assert.equal(sourceDateEpoch(testSystem({ SOURCE_DATE_EPOCH: "1700000000" })), 1700000000);
  for (const bad of ["now", "-1", "1.5", "99999999999999", "999999999999"]) {
    assert.throws(
      () => sourceDateEpoch(testSystem({ SOURCE_DATE_EPOCH: bad })),
      { code: "ERR_GANTRY_USAGE" },
      bad,
    );
  }
});

test("an image is called by its name, else after its first tag", () => {
  assert.equal(imageName({ name: "web", tags: ["localhost:5000/app:1"] }), "web");
  assert.equal(imageName({ tags: ["localhost:5000/team/app:1", "other"] }), "app");
  assert.equal(imageName({}), "image");
  assert.throws(() => imageName({ name: "a b" }), { ...invalid, message: /name "a b": expected letters/ });
});

test("tags stay as they were written, but for the latest that is meant, and each is there once", () => {
  const tags = ["debian", "docker.io/library/debian:latest", "localhost:5000/a:1", "localhost:5000/a"];
  assert.deepEqual(imageTags({ tags }), ["debian:latest", "localhost:5000/a:1", "localhost:5000/a:latest"]);
});

test("a tag that is not a reference, or has a digest, is refused by its place in the list", () => {
  assert.throws(() => imageTags({ tags: ["a:1", "B A D"] }), {
    code: "ERR_GANTRY_REFERENCE_INVALID",
    message: /^tags\[1\]: /,
  });
  const digest = `localhost/a@sha256:${"0".repeat(64)}`;
  assert.throws(() => imageTags({ tags: [digest] }), { ...invalid, message: /^tags\[0\]: .*has a digest/ });
});

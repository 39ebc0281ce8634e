import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { refuseLinkedDestinations } from "../../src/context/linked-destinations.js";
import { isSpecial, mayBeSpecial, specialPaths } from "../../src/context/special-paths.js";
import { inlineFile } from "../../src/context/inline.js";

test("a path is special at and below one of the list, by whole names", () => {
  for (const path of [
    "bin",
    "bin/sh",
    "tmp/x/y",
    "var/run/app.pid",
    "etc/ssl/certs/own.pem",
    "home/node/app",
  ])
    assert.ok(isSpecial(path) && mayBeSpecial(path), path);
  for (const path of ["", "usr", "var", "etc", "usr/local"])
    assert.ok(!isSpecial(path) && mayBeSpecial(path), path);
  for (const path of [
    "app",
    "binary",
    "opt/bin/x",
    "usr/bin/x",
    "usr/local/bin",
    "srv",
    "var/task",
    "etc/app",
    "tmpfs",
  ])
    assert.ok(!isSpecial(path) && !mayBeSpecial(path), path);
});

test("no path of the list is below another", () => {
  for (const path of specialPaths)
    assert.deepEqual(
      specialPaths.filter((one) => path.startsWith(`${one}/`)),
      [],
    );
});

test("every path that is refused where the base is not asked is one about which it is asked", () => {
  const refused = ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "var/run", "var/lock"];
  for (const path of refused) {
    const file = inlineFile({ destination: `${path}/x`, content: "", owner: { uid: 0, gid: 0 }, mtime: 0 });
    assert.throws(() => refuseLinkedDestinations([file], []), { code: "ERR_GANTRY_DESTINATION_LINKED" });
    assert.ok(isSpecial(path), path);
  }
});

test("docs/layers.md names every path of the list", () => {
  const text = readFileSync(new URL("../../../docs/layers.md", import.meta.url), "utf8");
  assert.deepEqual(
    specialPaths.filter((path) => !text.includes(`\`/${path}\``)),
    [],
  );
});

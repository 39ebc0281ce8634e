import assert from "node:assert/strict";
import { test } from "node:test";
import { GantryError } from "../../../src/errors.js";
import { parseAdd } from "../../../src/frontends/spec/add-flag.js";
import type { Files } from "../../../src/frontends/spec/request.js";

const read: readonly (readonly [string, Files])[] = [
  ["./dist:/app", { "/app": "./dist" }],
  [".:/", { "/": "." }],
  ["bin/server:/usr/bin/", { "/usr/bin/": "bin/server" }],
  ["a:b:/app", { "/app": "a:b" }],
  ["C:/x:/app", { "/app": "C:/x" }],
  ["C:\\x:/app", { "/app": "C:\\x" }],
  ["a,b:/app", { "/app": "a,b" }],
  ["x:/app,mode=0755", { "/app": { source: "x", mode: "0755" } }],
  ["x:/app,owner=1000:1000", { "/app": { source: "x", owner: "1000:1000" } }],
  ["x:/app,exclude=*.map,exclude=a=b", { "/app": { source: "x", exclude: ["*.map", "a=b"] } }],
  ["x:/app,split=8,owner=1", { "/app": { source: "x", split: 8, owner: "1" } }],
];

for (const [text, files] of read) {
  test(`--add ${text} is one layer of one source`, () => {
    assert.deepEqual(parseAdd(text), { files });
  });
}

const refused: readonly (readonly [string, RegExp])[] = [
  ["dist", /--add dist: expected SRC:DEST with an absolute DEST/],
  ["dist:app", /expected SRC:DEST with an absolute DEST/],
  [":/app", /expected SRC:DEST/],
  ["x:/a/../b", /"\.\." is not allowed/],
  ["x:/app,ownr=1", /unknown option "ownr" \(did you mean "owner"\?\)/],
  ["x:/app,colour=red", /unknown option "colour": expected exclude, owner, mode, split/],
  ["x:/app,exclude", /expected KEY=VALUE, got "exclude"/],
  ["x:/app,mode=9", /mode "9": expected permission bits in octal/],
  ["x:/app,split=0", /split "0": expected a number of layers, 1 to 64/],
  ["x:/app,split=65", /split "65": expected a number of layers, 1 to 64/],
  ["x:/app,split=1.5", /split "1\.5": expected a number of layers/],
  ["x:/app,split", /expected KEY=VALUE, got "split"/],
  ["x:/app,owner=me", /owner "me": expected "UID:GID" as numbers.*names are not looked up/],
  ["https://example.com/x:/app", /a file or folder on disk, not a URL/],
];

for (const [text, message] of refused) {
  test(`--add ${text} is a usage error on one line`, () => {
    assert.throws(
      () => parseAdd(text),
      (error) => {
        assert.ok(error instanceof GantryError);
        assert.match(error.message, message);
        assert.equal(error.exitStatus, 2);
        assert.ok(!error.message.includes("\n"));
        return true;
      },
    );
  });
}

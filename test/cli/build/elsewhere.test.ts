import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { withProtocol } from "../../../src/cli/build/elsewhere.js";
import { nodeSystem } from "../../../src/system.js";
import { scratchFolder } from "../../support/scratch-folder.js";

test("a repository without a protocol is its URL, unless a folder has its name", async (t) => {
  const system = { ...nodeSystem(), cwd: await scratchFolder(t) };
  mkdirSync(join(system.cwd, "github.com", "me", "here"), { recursive: true });
  for (const [given, expected] of [
    ["github.com/me/app", "https://github.com/me/app.git"],
    ["github.com/me/app.git#main:sub", "https://github.com/me/app.git#main:sub"],
    ["github.com/me/app?branch=a", "https://github.com/me/app.git?branch=a"],
    ["github.com/me/here", "github.com/me/here"],
    ["example.com/me/app", "example.com/me/app"],
    ["./github.com/me/app", "./github.com/me/app"],
  ] as const) {
    assert.equal(withProtocol(given, system), expected);
  }
});

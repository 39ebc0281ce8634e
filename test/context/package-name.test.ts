import assert from "node:assert/strict";
import { test } from "node:test";
import { packageOf } from "../../src/context/package-name.js";
import type { EntryType } from "../../src/plan/plan.js";

const cases: readonly (readonly [path: string, type: EntryType, owner: string])[] = [
  ["lodash", "directory", "lodash"],
  ["lodash/lib/a.js", "file", "lodash"],
  ["lodash/node_modules/ms/index.js", "file", "lodash"],
  ["six.py", "file", "six.py"],
  ["linked", "symlink", "linked"],
  ["@scope", "directory", "(several)"],
  ["@scope/a", "directory", "@scope/a"],
  ["@scope/a/index.js", "file", "@scope/a"],
  ["@scope/a", "symlink", "@scope/a"],
  ["@file", "file", "@file"],
  [".package-lock.json", "file", "(none)"],
  [".modules.yaml", "file", "(none)"],
  [".bin", "directory", "(none)"],
  [".bin/tsc", "symlink", "(none)"],
  [".prisma", "directory", ".prisma"],
  [".prisma/client/index.js", "file", ".prisma"],
  [".pnpm", "directory", "(several)"],
  [".pnpm/lock.yaml", "file", "(none)"],
  [".pnpm/a@1.2.3/node_modules/a/index.js", "file", "a"],
  [".pnpm/a@1.2.3_b@4.0.0/node_modules/b", "symlink", "a"],
  [".pnpm/@scope+a@1.2.3", "directory", "@scope/a"],
  [".pnpm/node_modules", "directory", "(several)"],
  [".pnpm/node_modules/.bin/x", "file", "(none)"],
  [".pnpm/node_modules/@scope", "directory", "(several)"],
  [".pnpm/node_modules/@scope/a", "symlink", "@scope/a"],
  [".bun/a@1.2.3/node_modules/a/index.js", "file", "a"],
  [".store/a-npm-1.0.0-abc/package/index.js", "file", "a-npm-1.0.0-abc"],
];

for (const [path, type, owner] of cases) {
  test(`${path}, a ${type}, is of ${owner}`, () => {
    const found = packageOf(path, type);
    assert.equal(typeof found === "string" ? `(${found})` : found.name, owner);
  });
}

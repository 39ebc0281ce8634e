import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseModeChange } from "../../../../src/frontends/dockerfile/evaluate/chmod.js";
import { scratchFolder } from "../../../support/scratch-folder.js";

/** What a change makes of a file's mode, all in octal; and of a folder's, where it is another. */
const table: readonly (readonly [change: string, before: string, after: string, ofFolder?: string])[] = [
  ["0", "755", "0"],
  ["644", "755", "644"],
  ["0644", "755", "644"],
  ["007777", "0", "7777"],
  ["+x", "644", "755"],
  ["-x", "755", "644"],
  ["=r", "4755", "444"],
  ["=", "6755", "0"],
  ["+", "644", "644"],
  ["u+x", "644", "744"],
  ["a-w", "666", "444"],
  ["go-rwx", "4755", "4700"],
  ["u=rwX,go=rX", "644", "644", "755"],
  ["u=rwX,go=rX", "700", "755"],
  ["+X", "644", "644", "755"],
  ["+X", "645", "755"],
  ["-X", "755", "644"],
  ["a-x,+X", "755", "755"],
  ["a-x+X", "644", "644", "755"],
  ["u+s", "755", "4755"],
  ["g+s,u-w", "755", "2555"],
  ["+s", "755", "6755"],
  ["o+s", "755", "755"],
  ["u=rwx", "4644", "744"],
  ["u=rwxs", "644", "4744"],
  ["+t", "755", "1755"],
  ["u+t", "755", "1755"],
  ["o+t", "755", "755"],
  ["a+t", "755", "1755"],
  ["-t", "1755", "755"],
  ["g=u", "640", "660"],
  ["o=g", "640", "644"],
  ["u=g", "4640", "4440"],
  ["o=g+w", "644", "646"],
  ["go=u-w", "644", "644"],
  ["g+o", "604", "644"],
  ["o-u", "646", "640"],
  ["u=rw,g=r,o=", "777", "640"],
  ["ug+rw", "000", "660"],
  ["uuo=rx", "000", "505"],
  // Of a copy and a letter behind one equals sign the later one is left.
  ["o=gx", "640", "641"],
  ["o=xg", "640", "644"],
  ["g+uw", "400", "460"],
  // Whoever is not named is no longer everyone once the sticky bit is.
  ["+rt", "000", "1000"],
];

for (const [change, before, after, ofFolder = after] of table) {
  test(`${change} makes ${after} of ${before}${ofFolder === after ? "" : `, of a folder ${ofFolder}`}`, () => {
    const { apply, fixed } = parseModeChange(change);
    const applied = (isDirectory: boolean) => apply(Number.parseInt(before, 8), isDirectory).toString(8);
    assert.deepEqual([applied(false), applied(true)], [after, ofFolder]);
    assert.equal(fixed?.toString(8), /^\d/.test(change) ? after : undefined);
  });
}

for (const text of ["888", "10000", "7a", "99999999999"]) {
  test(`${text} is no octal mode`, () => {
    assert.throws(() => parseModeChange(text), {
      code: "ERR_GANTRY_DOCKERFILE_INVALID",
      message: `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
    });
  });
}

for (const text of ["", "u", "x", "u+x,", ",u+x", "u+y", "u x", "u+x ", "+x;", "-644"]) {
  test(`${JSON.stringify(text)} is no symbolic mode`, () => {
    assert.throws(() => parseModeChange(text), {
      code: "ERR_GANTRY_DOCKERFILE_INVALID",
      message: /^invalid chmod parameter: .*invalid syntax/,
    });
  });
}

/** What coreutils and BSD agree on: no set-id of folders, no sticky bit, no mixing of letters and copies. */
const action = fc.oneof(
  fc.tuple(fc.constantFrom("+", "-", "="), fc.constantFrom("r", "w", "x", "rw", "rx", "rwx", "")).map(join2),
  fc.tuple(fc.constantFrom("+", "-"), fc.constantFrom("u", "g", "o")).map(join2),
);
const clause = fc
  .tuple(
    fc.constantFrom("u", "g", "o", "ug", "go", "uo", "a"),
    fc.array(action, { minLength: 1, maxLength: 3 }),
  )
  .map(([who, actions]) => who + actions.join(""));
const change = fc.array(clause, { minLength: 1, maxLength: 3 }).map((clauses) => clauses.join(","));

function join2([one, other]: readonly [string, string]): string {
  return one + other;
}

test("a change does what chmod does", { skip: process.platform !== "linux" && "no coreutils" }, async (t) => {
  const folder = await scratchFolder(t);
  const [file, directory] = [join(folder, "file"), join(folder, "folder")];
  writeFileSync(file, "");
  mkdirSync(directory);
  fc.assert(
    fc.property(change, fc.integer({ min: 0, max: 0o777 }), (text, mode) => {
      for (const path of [file, directory]) {
        chmodSync(path, mode);
        execFileSync("chmod", [text, path]);
        const isDirectory = path === directory;
        assert.equal(parseModeChange(text).apply(mode, isDirectory), statSync(path).mode & 0o7777);
      }
    }),
    { numRuns: 60 },
  );
});

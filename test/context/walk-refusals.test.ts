import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { constants, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { createMatcher } from "../../src/context/ignore.js";
import { listSource } from "../../src/context/walk.js";
import type { GantryEvent } from "../../src/model/events.js";
import { failing, fakeStat, request, temporaryFolder, treeOf } from "./fake-files.js";

test("B20 names in any script and normal form are kept as they are", async (t) => {
  const folder = temporaryFolder(t);
  const names = ["e\u0301", "\u00e9", "\u{1f9ea}", "\u05e9\u05dc\u05d5\u05dd", "\ufffd"];
  for (const name of names) writeFileSync(join(folder, name), "");
  const entries = await listSource(request(folder, { destination: "" }));
  assert.deepEqual(new Set(entries.map(({ path }) => path)), new Set(names));
});

test("B21 a name that is not UTF-8 is refused with its bytes, unless it is ignored", async (t) => {
  const folder = temporaryFolder(t);
  try {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.of(0xe9)]), "");
  } catch {
    return t.skip("this file system takes UTF-8 names only");
  }
  await assert.rejects(listSource(request(folder)), {
    code: "ERR_GANTRY_SOURCE_UNSUPPORTED",
    message: `the name of ${folder}/caf\\xE9 is not valid UTF-8, which layers need; rename it, or exclude it`,
  });
  assert.equal((await listSource(request(folder, { exclude: createMatcher(["caf?"]) }))).length, 1);
});

test("B21 a symlink's target that is not UTF-8 is refused with its bytes", async (t) => {
  const folder = temporaryFolder(t);
  try {
    symlinkSync(Buffer.of(0x61, 0xff), join(folder, "link"));
  } catch {
    return t.skip("this file system takes UTF-8 targets only");
  }
  await assert.rejects(listSource(request(folder)), {
    message: /symlink .*\/link, a\\xFF, is not valid UTF-8/,
  });
});

test("B22 names with a newline, an equals sign or a leading dash are kept as they are", async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ["-rf", "a=b", "line\nbreak"]) writeFileSync(join(folder, name), "");
  const entries = await listSource(request(folder, { destination: "" }));
  assert.deepEqual(
    entries.map(({ path }) => path),
    ["-rf", "a=b", "line\nbreak"],
  );
});

test("B29 a socket is left out with a warning that names it", async (t) => {
  const folder = temporaryFolder(t);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, "s"), resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  const events: GantryEvent[] = [];
  const entries = await listSource(request(folder), { onEvent: (event) => events.push(event) });
  assert.equal(entries.length, 1);
  const message = `${folder}/s is a socket: left out`;
  assert.deepEqual(events, [{ type: "warning", code: "GANTRY_SOCKET_SKIPPED", message }]);
});

test("B29 a fifo is refused by name, in a folder and as the source", async (t) => {
  const folder = temporaryFolder(t);
  try {
    execFileSync("mkfifo", [join(folder, "pipe")], { stdio: "ignore" });
  } catch {
    return t.skip("mkfifo is not there");
  }
  const expected = {
    code: "ERR_GANTRY_SOURCE_UNSUPPORTED",
    message: /\/pipe is a fifo; expected files, folders and symlinks/,
  };
  await assert.rejects(listSource(request(folder)), expected);
  await assert.rejects(listSource(request(join(folder, "pipe"))), expected);
});

for (const [kind, mode] of [
  ["character device", constants.S_IFCHR],
  ["block device", constants.S_IFBLK],
] as const) {
  test(`B29 a ${kind} is refused by name`, async () => {
    const tree = treeOf(["dev"]);
    const files = {
      ...tree,
      lstat: (path: string) => (path === "/fake" ? tree.lstat(path) : fakeStat(mode)),
    };
    await assert.rejects(listSource(request("/fake", { files })), {
      code: "ERR_GANTRY_SOURCE_UNSUPPORTED",
      message: `/fake/dev is a ${kind}; expected files, folders and symlinks: exclude it`,
    });
  });
}

test("B30 a folder that cannot be read is an error that names it", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "locked"));
  const files = failing("readdir", join(folder, "locked"), "EACCES");
  await assert.rejects(listSource(request(folder, { files })), {
    code: "ERR_GANTRY_SOURCE_UNREADABLE",
    message: `${folder}/locked cannot be read: permission denied (EACCES); allow this user to read it, or exclude it`,
  });
  assert.equal((await listSource(request(folder, { files, exclude: createMatcher(["locked"]) }))).length, 1);
});

test("B31 a file deleted between being listed and being looked at is an error that names it", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "a"), "");
  await assert.rejects(
    listSource(request(folder, { files: failing("lstat", join(folder, "a"), "ENOENT") })),
    {
      code: "ERR_GANTRY_SOURCE_CHANGED",
      message: /\/a vanished while it was being listed/,
    },
  );
});

test("B36 names that begin with .wh. are refused, unless they are ignored", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "a"));
  writeFileSync(join(folder, "a/.wh.b"), "");
  await assert.rejects(listSource(request(folder)), {
    code: "ERR_GANTRY_SOURCE_UNSUPPORTED",
    message: /\/a\/\.wh\.b: a name that begins with \.wh\. would delete a file/,
  });
  assert.equal((await listSource(request(folder, { exclude: createMatcher(["**/.wh.*"]) }))).length, 2);
  await assert.rejects(listSource(request(folder, { destination: "x/.wh.y" })), {
    code: "ERR_GANTRY_SPEC_INVALID",
  });
});

for (const code of ["EMFILE", "EIO", "ESTALE", "EUNKNOWN"]) {
  for (const [call, name] of [
    ["lstat", ""],
    ["readdir", ""],
    ["lstat", "/link"],
    ["readlink", "/link"],
  ] as const) {
    test(`B44 ${code} from ${call} of ${name || "the source"} is an error that names it`, async (t) => {
      const folder = temporaryFolder(t);
      symlinkSync("x", join(folder, "link"));
      const path = folder + name;
      await assert.rejects(
        listSource(request(folder, { files: failing(call, path, code) })),
        (error: Error) => {
          const { code: own, message, cause } = error as Error & { code: string };
          assert.equal(own, "ERR_GANTRY_SOURCE_UNREADABLE");
          assert.ok(message.startsWith(`${path} cannot be read: `) && message.includes(code), message);
          return cause instanceof Error;
        },
      );
    });
  }
}

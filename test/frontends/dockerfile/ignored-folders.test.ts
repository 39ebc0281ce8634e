import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { relative } from "node:path";
import { test } from "node:test";
import { planDockerfileRequest } from "../../../src/frontends/dockerfile/plan-request.js";
import { nodeSystem } from "../../../src/system.js";
import { scratchFolder } from "../../support/scratch-folder.js";
import { writeFiles } from "./cases/context.js";
import type { RemoteFiles } from "../../../src/plan/remote-files.js";
import type { TestContext } from "node:test";

/** Nothing is asked of registries, and there are no other threads whose reading would not be counted. */
const world = {
  system: nodeSystem(),
  base: () => assert.fail("no base is asked for"),
  tree: () => assert.fail("no tree is asked for"),
  archive: () => assert.fail("no archive is asked for"),
  remote: {} as RemoteFiles,
};

const ignoredFolders = Object.fromEntries(
  Array.from({ length: 200 }, (_, number) => [`node_modules/package-${number}/index.js`, ""]),
);

for (const { copy, ignore, entered } of [
  { copy: ". /app", ignore: "node_modules\n**/.cache\n", entered: ["", "src"] },
  { copy: "* /app/", ignore: "*\n!src\nsrc/.cache\n", entered: ["", "src"] },
  { copy: "s* /app/", ignore: "node_modules\n**/.cache\n", entered: ["", "src"] },
  { copy: "src/f* /app/", ignore: "**/node_modules\n**/.cache\n", entered: ["src"] },
  {
    copy: ". /app",
    ignore: "node_modules\n!node_modules/package-7\n**/.cache\n",
    entered: ["", "node_modules", "node_modules/package-7", "src"],
  },
]) {
  test(`of ${copy} without ${ignore.replaceAll("\n", " ")}only folders are read that may hold what is left`, async (t) => {
    const context = await scratchFolder(t);
    writeFiles(context, {
      ...ignoredFolders,
      "src/file.js": "",
      "src/.cache/a": "",
      Dockerfile: `FROM scratch\nCOPY ${copy}\n`,
      ".dockerignore": ignore,
    });
    const read = readFolders(t);
    await planDockerfileRequest({ name: "a", dockerfile: "Dockerfile" }, world, { context });
    assert.deepEqual([...new Set(read.map((path) => relative(context, path)))].toSorted(), entered);
  });
}

/** The folders whose names are read from now on. */
function readFolders(t: TestContext): readonly string[] {
  const read: string[] = [];
  for (const name of ["readdirSync", "opendirSync", "readdir", "opendir"] as const) {
    const real = fs[name] as (...args: unknown[]) => unknown;
    t.mock.method(fs, name, (...args: unknown[]) => {
      read.push(String(args[0]));
      return real(...args);
    });
  }
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return read;
}

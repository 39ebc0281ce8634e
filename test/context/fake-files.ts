import { type Stats, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import fc from "fast-check";
import { type Files, nodeFiles } from "../../src/context/files.js";
import type { SourceRequest } from "../../src/context/walk.js";

/** A temporary folder that is gone when the test ends. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gantry-context-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A request with the defaults of most tests. */
export function request(source: string, more: Partial<SourceRequest> = {}): SourceRequest {
  return {
    source,
    destination: "app",
    exclude: undefined,
    ignore: undefined,
    owner: { uid: 0, gid: 0 },
    mode: undefined,
    preserveMode: false,
    mtime: 0,
    ...more,
  };
}

/** This machine's files, but some calls fail as a sick disk's do. */
export function failing(
  call: "readdir" | "lstat" | "readlink" | "realpath",
  path: string,
  code: string,
): Files {
  const fail = (at: string) => {
    if (at === path) throw Object.assign(new Error(`${code}: sick disk`), { code });
  };
  return {
    ...nodeFiles,
    [call]: (at: string) => {
      fail(at);
      return nodeFiles[call](at);
    },
  };
}

/** A tree that exists nowhere: file paths below "/fake", folders follow from them. */
export function treeOf(
  paths: readonly string[],
  { reversed = false }: { readonly reversed?: boolean } = {},
): Files {
  const folders = new Map<string, Set<string>>([["/fake", new Set()]]);
  for (const path of paths) {
    let at = "/fake";
    for (const part of path.split("/")) {
      const inside = folders.get(at) ?? new Set();
      folders.set(at, inside.add(part));
      at = `${at}/${part}`;
    }
  }
  return {
    ...nodeFiles,
    readdir: (path) => (reversed ? [...folders.get(path)!].reverse() : [...folders.get(path)!]),
    lstat: (path) => fakeStat(folders.has(path) ? constants.S_IFDIR | 0o700 : constants.S_IFREG | 0o600),
    readlink: unexpected,
    realpath: unexpected,
  };
}

/** Patterns as .dockerignore has them, of these names and wildcards; some are exceptions. */
export function patternOf(name: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const part = fc.oneof(name, fc.constantFrom("*", "**", "a*"));
  return fc
    .tuple(fc.constantFrom("", "", "!"), fc.array(part, { minLength: 1, maxLength: 3 }))
    .map(([exception, parts]) => exception + parts.join("/"));
}

/** What `lstat` says of something with this mode. */
export function fakeStat(mode: number): Stats {
  const stat = { mode, size: 1, nlink: 1, dev: 1, ino: 2, mtimeMs: 3, ctimeMs: 4 };
  return stat as Stats;
}

function unexpected(path: string): never {
  throw new Error(`nobody should ask about ${path}`);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GantryError } from "../../src/errors.js";
import { parseGitSource, type GitSource } from "../../src/model/git-source.js";

const plain = {
  ref: undefined,
  subdir: "",
  checksum: undefined,
  keepGitDir: undefined,
  submodules: true,
  fetchByCommit: false,
};

const repositories: readonly (readonly [text: string, expected: Partial<GitSource>])[] = [
  ["https://host/me/it.git", { remote: "https://host/me/it.git" }],
  ["HTTPS://host/it.git#v1", { remote: "https://host/it.git", ref: "v1" }],
  ["http://host/it.git#:d", { remote: "http://host/it.git", subdir: "d" }],
  ["https://host/it.git#a/b:../c//d/", { remote: "https://host/it.git", ref: "a/b", subdir: "c/d" }],
  ["https://me:pw@host/it.git#a%20b", { remote: "https://me:pw@host/it.git", ref: "a b" }],
  ["git://host/it", { remote: "git://host/it" }],
  ["ssh://git@host:22/it#x", { remote: "ssh://git@host:22/it", ref: "x" }],
  ["git@host:me/it", { remote: "git@host:me/it" }],
  ["git@host:me/it.git?tag=v1#:d", { remote: "git@host:me/it.git", ref: "refs/tags/v1", subdir: "d" }],
  ["https://h/i.git?branch=b&subdir=/d/e", { remote: "https://h/i.git", ref: "refs/heads/b", subdir: "d/e" }],
  ["https://h/i.git?ref=r&checksum=ab#r", { remote: "https://h/i.git", ref: "r", checksum: "ab" }],
  ["https://h/i.git?commit=ab&keep-git-dir", { remote: "https://h/i.git", checksum: "ab", keepGitDir: true }],
  ["https://h/i.git?submodules=F&mtime=commit", { remote: "https://h/i.git", submodules: false }],
  [
    "https://h/i.git?fetch-by-commit=1&keep-git-dir=0",
    { remote: "https://h/i.git", fetchByCommit: true, keepGitDir: false },
  ],
];

for (const [text, expected] of repositories) {
  test(`${text} is a repository`, () => {
    assert.deepEqual(parseGitSource(text), { ...plain, ...expected });
  });
}

for (const text of [
  ...[
    "",
    ".",
    "a",
    "a.git",
    "./git@host:x",
    "../a@b:c",
    "github.com/me/it",
    "C:\\a\\b",
    "me@host",
    "@host:x",
  ],
  ...[
    "https://host/it",
    "https://host/it.git/",
    "https://host.git",
    "https://host/a?x=.git",
    "http://h/#a.git",
  ],
  ...[
    "file:///it.git",
    "ftp://host/it.git",
    "ext::sh -c x.git",
    "docker-image://a.git",
    "-x@host:it",
    "https://h/%.git",
  ],
]) {
  test(`${JSON.stringify(text)} is no repository`, () => {
    assert.equal(parseGitSource(text), undefined);
  });
}

for (const [query, says] of [
  ["?x=1", 'unexpected query "x"'],
  ["?ref=a&ref=b", 'query "ref" has multiple values'],
  ["?ref=", 'query "ref" has no value'],
  ["?ref=a#b", 'ref conflicts: "b" vs "a"'],
  ["?subdir=a#:b", 'subdir conflicts: "b" vs "a"'],
  ["?tag=a&branch=b", "branch conflicts with tag"],
  ["?mtime=now", 'invalid mtime value: "now" (must be "checkout" or "commit")'],
  ["?submodules=no", 'invalid submodules value: "no"'],
  ["#-c", 'invalid git ref "-c"'],
] as const) {
  test(`a repository's ${query} makes no sense`, () => {
    assert.throws(() => parseGitSource(`https://h/i.git${query}`), {
      code: "ERR_GANTRY_USAGE",
      message: says,
    });
  });
}

test("any text is a repository, is none or is refused; nothing of one looks like an option or leaves it", () => {
  const piece = fc.constantFrom(
    "https://h/i.git",
    "git@h:",
    "-",
    "..",
    "/",
    "#",
    ":",
    "?",
    "ref=",
    "&",
    "%2e",
    "a",
    "@",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 8 }), (pieces) => {
      try {
        const source = parseGitSource(pieces.join(""));
        if (source === undefined) return;
        assert.ok(!source.remote.startsWith("-") && source.ref?.startsWith("-") !== true);
        assert.ok(!source.subdir.split("/").includes("..") && !source.subdir.startsWith("/"));
      } catch (error) {
        assert.ok(error instanceof GantryError, String(error));
      }
    }),
  );
});

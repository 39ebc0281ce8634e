import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GantryError } from "../../src/errors.js";
import { familiarReference, formatReference, parseReference } from "../../src/model/reference.js";

/** Any UTF-16 units, lone surrogates and control characters among them. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units));

const digest = `sha256:${"0f".repeat(32)}` as const;

const splits: readonly (readonly [text: string, registry: string, repository: string, familiar: string])[] = [
  ["nginx", "docker.io", "library/nginx", "nginx"],
  ["a/b", "docker.io", "a/b", "a/b"],
  ["docker.io/nginx", "docker.io", "library/nginx", "nginx"],
  ["docker.io/library/nginx", "docker.io", "library/nginx", "nginx"],
  ["library/nginx", "docker.io", "library/nginx", "nginx"],
  ["index.docker.io/nginx", "docker.io", "library/nginx", "nginx"],
  ["index.docker.io/a/b", "docker.io", "a/b", "a/b"],
  ["docker.io/library/a/b", "docker.io", "library/a/b", "library/a/b"],
  ["other/library", "docker.io", "other/library", "other/library"],
  ["test_com/foo", "docker.io", "test_com/foo", "test_com/foo"],
  ["192.168.1.1", "docker.io", "library/192.168.1.1", "192.168.1.1"],
  ["dock__er/docker---rules", "docker.io", "dock__er/docker---rules", "dock__er/docker---rules"],
  ["docker.io/a.b/c", "docker.io", "a.b/c", "docker.io/a.b/c"],
  ["docker.io/localhost/c", "docker.io", "localhost/c", "docker.io/localhost/c"],
  ["localhost/x", "localhost", "x", "localhost/x"],
  ["localhost:5000/x", "localhost:5000", "x", "localhost:5000/x"],
  ["test:5000/repo", "test:5000", "repo", "test:5000/repo"],
  ["h.io/x", "h.io", "x", "h.io/x"],
  ["h.io/library/x", "h.io", "library/x", "h.io/library/x"],
  ["192.168.1.1:5000/repo", "192.168.1.1:5000", "repo", "192.168.1.1:5000/repo"],
  ["xn--n3h.com:18080/foo", "xn--n3h.com:18080", "foo", "xn--n3h.com:18080/foo"],
  ["[::1]:5000/x", "[::1]:5000", "x", "[::1]:5000/x"],
  ["[2001:db8::1]/repo/a", "[2001:db8::1]", "repo/a", "[2001:db8::1]/repo/a"],
  ["Foo/bar", "Foo", "bar", "Foo/bar"],
];

for (const [text, registry, repository, familiar] of splits) {
  test(`A1 ${text} splits as docker splits it`, () => {
    const reference = parseReference(text);
    assert.deepEqual(reference, { registry, repository });
    assert.equal(formatReference(reference), `${registry}/${repository}`);
    assert.equal(familiarReference(reference), familiar);
  });
}

test("A1 a tag is kept and never defaulted, a number behind a single name is a tag and not a port", () => {
  assert.equal(parseReference("debian:12-slim").tag, "12-slim");
  assert.equal("tag" in parseReference("debian"), false);
  assert.deepEqual(parseReference("test.com:5000"), {
    registry: "docker.io",
    repository: "library/test.com",
    tag: "5000",
  });
  assert.deepEqual(parseReference("lowercase:Uppercase").tag, "Uppercase");
});

test("A2 a reference may carry a tag and a digest", () => {
  const reference = parseReference(`h.io:1/r:tag@${digest}`);
  assert.deepEqual(reference, { registry: "h.io:1", repository: "r", tag: "tag", digest });
  assert.equal(formatReference(reference), `h.io:1/r:tag@${digest}`);
  assert.equal(familiarReference(parseReference(`debian:12@${digest}`)), `debian:12@${digest}`);
});

const refusals: readonly (readonly [text: string, reason: RegExp])[] = [
  ["", /it is empty/],
  ["docker/Docker:1", /unexpected "D" at position 8: .*\(did you mean "docker\/docker:1"\?\)$/],
  ["Nginx", /unexpected "N" at position 1: .*\(did you mean "nginx"\?\)$/],
  ["dock..er", /unexpected "\." at position 6/],
  ["a/../b", /unexpected "\." at position 3/],
  ["dock_.er", /unexpected "\." at position 6/],
  ["a___b", /unexpected "_" at position 4/],
  ["docker-/docker", /unexpected "\/" at position 8/],
  ["-docker", /unexpected "-" at position 1/],
  ["a//b", /unexpected "\/" at position 3/],
  ["a/", /unexpected "\/" at position 2/],
  ["/a", /unexpected "\/" at position 1/],
  ["h.io/", /its repository is missing/],
  [":tag", /its repository is missing/],
  [`@${digest}`, /its repository is missing/],
  ["aa/asdf$$^/aa", /unexpected "\$" at position 8/],
  ["a b", /unexpected " " at position 2/],
  ["caf\u00e9", /unexpected "\\u00e9" at position 4/],
  ["a\u001b[31m", /unexpected "\\u001b" at position 2/],
  ["a:", /its tag is missing/],
  ["a:-t", /unexpected "-" at position 3: a tag/],
  ["a:t:u", /unexpected ":" at position 4/],
  ["a:t/u", /unexpected "t" at position 3: a registry/],
  [`a:${"t".repeat(129)}`, /its tag has 129 characters, the most are 128/],
  [`h.io/${"a".repeat(256)}`, /its repository has 256 characters, the most are 255/],
  ["a".repeat(255), /its repository has 263 characters/],
  ["[::1]", /unexpected "\["/],
  ["[::1]:5000", /its repository is missing|unexpected/],
  ["[fe80::1%eth0]:5000/repo", /a registry is a host name/],
  ["fc00::1:5000/debian", /unexpected ":" at position 6: a registry/],
  ["host:port/x", /unexpected "p" at position 6: a registry/],
  ["host:/x", /unexpected ":" at position 5: a registry/],
  ["-a.b/x", /unexpected "-" at position 1: a registry/],
  ["https://ghcr.io/me/app", /has no "https:\/\/" \(did you mean "ghcr\.io\/me\/app"\?\)/],
  ["0f".repeat(32), /64 hex digits name an image ID/],
  ["repo@sha256:ffff", /expected 64 hex digits after "sha256:", got 4, at position 6/],
  [`repo@md5:${"0".repeat(32)}`, /expected "sha256:"/],
  [`repo@${digest}@${digest}`, /hex digits/],
];

for (const [text, reason] of refusals) {
  test(`A3 ${JSON.stringify(text.slice(0, 40))} is refused on one line with the offending character`, () => {
    assert.throws(
      () => parseReference(text),
      (error: unknown) => {
        assert.ok(error instanceof GantryError);
        assert.equal(error.code, "ERR_GANTRY_REFERENCE_INVALID");
        assert.equal(error.exitStatus, 2);
        assert.match(error.message, reason);
        assert.match(error.message, /^[\x20-\x7e]*$/);
        return true;
      },
    );
  });
}

test("A3 the longest repository and the longest tag are taken", () => {
  const longest = `h.io/${"a".repeat(255)}:${"t".repeat(128)}`;
  assert.equal(formatReference(parseReference(longest)), longest);
});

for (const text of [
  "a-".repeat(500_000),
  "a".repeat(1_000_000),
  `${"a/".repeat(500_000)}:`,
  "\0".repeat(1_000_000),
]) {
  test(`A4 a megabyte of ${JSON.stringify(text.slice(0, 2))} is refused by its length, with a short message`, () => {
    assert.throws(
      () => parseReference(text),
      (error: unknown) => {
        assert.ok(error instanceof GantryError);
        assert.match(error.message, /it has 10000\d\d characters|it has 1000000 characters/);
        assert.ok(error.message.length < 600);
        return true;
      },
    );
  });
}

const alphanumeric = fc.constantFrom(..."abcxyz0189");
const word = fc.string({ unit: alphanumeric, minLength: 1, maxLength: 6 });
const component = fc
  .tuple(word, fc.array(fc.tuple(fc.constantFrom(".", "_", "__", "-", "---"), word), { maxLength: 3 }))
  .map(([first, rest]) => first + rest.map(([joint, next]) => joint + next).join(""));
const registry = fc.oneof(
  fc.constantFrom(
    "docker.io",
    "localhost",
    "localhost:5000",
    "ghcr.io",
    "[::1]:5000",
    "[2001:db8::1]",
    "Host",
    "10.0.0.1:80",
  ),
);
const reference = fc
  .record(
    {
      registry,
      path: fc.array(component, { minLength: 1, maxLength: 4 }),
      tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/),
      digest: fc.constant(digest),
    },
    { requiredKeys: ["registry", "path"] },
  )
  .map(({ path, ...rest }) => {
    const repository = path.join("/");
    return {
      ...rest,
      repository: rest.registry === "docker.io" && path.length === 1 ? `library/${repository}` : repository,
    };
  });

test("every reference survives being written and read, in full and in the familiar form", () => {
  fc.assert(
    fc.property(reference, (value) => {
      assert.deepEqual(parseReference(formatReference(value)), value);
      assert.deepEqual(parseReference(familiarReference(value)), value);
    }),
  );
});

test("any text either parses to something that reads back the same, or is refused with the one code", () => {
  const unit = fc.constantFrom(..."aZ09.-_/:@[] \u00e9");
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit }), anyText), (text) => {
      try {
        const parsed = parseReference(text);
        assert.deepEqual(parseReference(formatReference(parsed)), parsed);
      } catch (error) {
        assert.ok(error instanceof GantryError, String(error));
        assert.equal(error.code, "ERR_GANTRY_REFERENCE_INVALID");
      }
    }),
    { numRuns: 500 },
  );
});

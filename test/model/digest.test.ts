import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { createHasher, digestOf, isDigest, parseDigest, readAll, verified } from "../../src/model/digest.js";

/** Any UTF-16 units, lone surrogates and control characters among them. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units));

const hex64 = "0123456789abcdef".repeat(4);

async function* chunks(...parts: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) yield Buffer.from(part);
}

async function collect(stream: AsyncIterable<Uint8Array>, into: Uint8Array[] = []): Promise<string> {
  for await (const chunk of stream) into.push(chunk);
  return Buffer.concat(into).toString();
}

test("a digest of either registered algorithm is taken as it is", () => {
  assert.equal(parseDigest(`sha256:${hex64}`), `sha256:${hex64}`);
  assert.equal(parseDigest(`sha512:${hex64}${hex64}`), `sha512:${hex64}${hex64}`);
});

for (const [text, reason] of [
  ["", /expected "sha256:"/],
  [hex64, /expected "sha256:"/],
  ["sha256:../../x", /expected 64 hex digits after "sha256:", got 7/],
  [`sha256:${hex64.toUpperCase()}`, /lower-case hex/],
  [`SHA256:${hex64}`, /expected "sha256:"/],
  [`sha256:${hex64}0`, /got 65/],
  [`sha256:${hex64.slice(1)}`, /got 63/],
  [`sha256:${hex64}\n`, /got 65/],
  [`sha512:${hex64}`, /expected 128 hex digits/],
  ["md5:d41d8cd98f00b204e9800998ecf8427e", /expected "sha256:"/],
  [`sha256:${"g".repeat(64)}`, /lower-case hex/],
] as const) {
  test(`A5 the digest ${JSON.stringify(text.slice(0, 24))} is refused with the reason`, () => {
    assert.equal(isDigest(text), false);
    assert.throws(() => parseDigest(text), { code: "ERR_GANTRY_DIGEST_INVALID", message: reason });
  });
}

test("no text but a digest is one, whatever it is", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      assert.equal(isDigest(text), /^sha256:[0-9a-f]{64}$/.test(text) || /^sha512:[0-9a-f]{128}$/.test(text));
    }),
  );
});

test("every digest that is computed parses, and is what node's own hash says", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.constantFrom("sha256", "sha512"), (bytes, algorithm) => {
      const expected = `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
      assert.equal(parseDigest(digestOf(bytes, algorithm)), expected);
    }),
  );
});

test("a hasher's digest does not depend on where the bytes are cut", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(64), (bytes, at) => {
      const hasher = createHasher();
      hasher.update(bytes.subarray(0, at));
      hasher.update(bytes.subarray(at));
      assert.equal(hasher.digest(), digestOf(bytes));
    }),
  );
});

test("a verified stream hands out the very bytes when they are right, empty chunks left out", async () => {
  const descriptor = { digest: digestOf(Buffer.from("abcdef")), size: 6 };
  assert.equal(await collect(verified(chunks("ab", "", "cde", "f", ""), descriptor, "blob")), "abcdef");
  assert.equal(await collect(verified(chunks(), { digest: digestOf(Buffer.alloc(0)), size: 0 }, "blob")), "");
});

test("a verified stream checks sha512 digests too", async () => {
  const descriptor = { digest: digestOf(Buffer.from("ab"), "sha512"), size: 2 };
  assert.equal(await collect(verified(chunks("a", "b"), descriptor, "blob")), "ab");
});

test("wrong bytes of the right size fail before the last chunk, naming expected and actual digest", async () => {
  const expected = digestOf(Buffer.from("abcdef"));
  const actual = digestOf(Buffer.from("abcdeX"));
  const seen: Uint8Array[] = [];
  await assert.rejects(
    collect(verified(chunks("abc", "deX"), { digest: expected, size: 6 }, "blob x"), seen),
    {
      code: "ERR_GANTRY_CONTENT_MISMATCH",
      message: `blob x is not what its descriptor says: expected ${expected}, got ${actual}`,
    },
  );
  assert.equal(Buffer.concat(seen).toString(), "abc");
});

test("a stream that ends early fails with both sizes", async () => {
  const descriptor = { digest: digestOf(Buffer.from("abcdef")), size: 6 };
  await assert.rejects(collect(verified(chunks("abc"), descriptor, "blob")), {
    code: "ERR_GANTRY_CONTENT_MISMATCH",
    message: /expected 6 bytes, got 3/,
  });
});

test("an endless stream is left at the first byte too many and closed", async () => {
  let handedOut = 0;
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        handedOut++;
        yield Buffer.from("abc");
      }
    } finally {
      closed = true;
    }
  }
  const descriptor = { digest: digestOf(Buffer.from("abc")), size: 3 };
  await assert.rejects(collect(verified(endless(), descriptor, "blob")), {
    message: /expected 3 bytes, got more/,
  });
  assert.deepEqual({ handedOut, closed }, { handedOut: 2, closed: true });
});

test("a stream of the right size is read to its end, where its failure still counts", async () => {
  async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
    yield Buffer.from("abc");
    throw new Error("connection reset");
  }
  const seen: Uint8Array[] = [];
  const descriptor = { digest: digestOf(Buffer.from("abc")), size: 3 };
  await assert.rejects(collect(verified(failing(), descriptor, "blob"), seen), /connection reset/);
  assert.deepEqual(seen, []);
});

test("A10 a small stream is read whole, one byte over the limit stops it without reading on", async () => {
  assert.equal(
    Buffer.from(await readAll(chunks("ab", "cd"), { limit: 4, what: "manifest" })).toString(),
    "abcd",
  );
  let handedOut = 0;
  async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      handedOut++;
      yield Buffer.from("ab");
    }
  }
  await assert.rejects(readAll(endless(), { limit: 4, what: "the manifest" }), {
    code: "ERR_GANTRY_LIMIT",
    message: "the manifest is larger than the 4 bytes allowed",
  });
  assert.equal(handedOut, 3);
});

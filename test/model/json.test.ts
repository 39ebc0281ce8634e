import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GantryError } from "../../src/errors.js";
import { parseJson } from "../../src/model/json.js";

/** Any UTF-16 units, lone surrogates and control characters among them. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units));

const read = (text: string) => parseJson(Buffer.from(text), "the manifest");

const refusals: readonly (readonly [name: string, text: string, reason: RegExp])[] = [
  ["a key twice in one object", '{"mediaType":"a","mediaType":"b"}', /the key "mediaType" occurs twice/],
  ["a key twice, once escaped", '{"a":1,"\\u0061":2}', /the key "a" occurs twice/],
  ["a key twice deep inside", '[{"x":[{"a":1,"b":{},"a":2}]}]', /the key "a" occurs twice/],
  [
    "keys that differ only in case",
    '{"layers":[],"Layers":[]}',
    /the keys "layers" and "Layers" of one object differ only in case/,
  ],
  ["keys that only Go takes for one: the long s", '{"layers":[],"layer\u017f":[]}', /differ only in case/],
  ["keys that only Go takes for one: the Kelvin sign", '{"k":1,"\u212a":2}', /differ only in case/],
  ["an annotation twice", '{"annotations":{"a":"1","a":"2"}}', /the key "a" occurs twice/],
  ["__proto__ twice", '{"__proto__":1,"__proto__":2}', /the key "__proto__" occurs twice/],
];

for (const [name, text, reason] of refusals) {
  test(`A8 ${name} is an error`, () => {
    assert.throws(() => read(text), { code: "ERR_GANTRY_MANIFEST_INVALID", message: reason });
  });
}

test("A8 keys that are the user's own words may differ in case: annotations, labels, volumes", () => {
  for (const name of ["annotations", "Labels", "Volumes", "ExposedPorts"]) {
    const text = `{"${name}":{"Data":"1","data":"2"},"x":{"data":1}}`;
    assert.deepEqual(read(text), JSON.parse(text));
  }
  assert.throws(() => read('{"annotations":{"a":{"b":1,"B":2}}}'), /differ only in case/);
});

test("A8 equal keys of different objects, and equal strings as values, are no duplicates", () => {
  const text = '{"a":{"a":["a","a",{"a":"a"}]},"b":[{"a":1},{"a":1}],"c":"{\\"a\\":1,\\"a\\":2}","d":"\\\\"}';
  assert.deepEqual(read(text), JSON.parse(text));
});

test("A15 __proto__ and constructor are ordinary keys, written back byte for byte, and pollute nothing", () => {
  const text = '{"annotations":{"__proto__":"x","constructor":"y","toString":"z"}}';
  const value = read(text) as { readonly annotations: Record<string, unknown> };
  assert.deepEqual(Object.keys(value.annotations), ["__proto__", "constructor", "toString"]);
  assert.equal(JSON.stringify(value), text);
  assert.equal(({} as Record<string, unknown>)["x"], undefined);
  assert.equal(Object.getPrototypeOf(value.annotations), Object.prototype);
});

for (const [name, bytes, reason] of [
  ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22]), /it is not UTF-8/],
  ["an overlong UTF-8 form", Buffer.from([0x22, 0xc0, 0xaf, 0x22]), /it is not UTF-8/],
  ["a byte order mark", Buffer.from("\ufeff{}"), /syntax error/],
  ["UTF-16", Buffer.from("{}", "utf16le"), /syntax error/],
  ["nothing", Buffer.alloc(0), /is not JSON: it is empty/],
  ["half an object", Buffer.from('{"a":'), /is not JSON: syntax error/],
  ["something behind the value", Buffer.from("{} x"), /is not JSON: syntax error at character 4/],
  ["a web page", Buffer.from("<html>"), /is not JSON: syntax error/],
] as const) {
  test(`${name} is refused as not JSON`, () => {
    assert.throws(() => parseJson(bytes, "the manifest"), {
      code: "ERR_GANTRY_MANIFEST_INVALID",
      message: reason,
    });
  });
}

test("a syntax error quotes nothing of the text, which may be a secret", () => {
  assert.throws(
    () => read('{"auth":"hunter2" oops}'),
    (error: unknown) => {
      assert.ok(error instanceof GantryError);
      assert.doesNotMatch(`${error.message}${String(error.cause)}`, /hunter2|oops/);
      return true;
    },
  );
});

test("nesting is taken to 100 levels and refused above, hundreds of thousands of them too", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  assert.doesNotThrow(() => read(nested(100)));
  for (const levels of [101, 200_000]) {
    assert.throws(() => read(nested(levels)), { message: "the manifest: it nests deeper than 100 levels" });
  }
});

test("the caller may choose the error's code", () => {
  assert.throws(() => parseJson(Buffer.from("{"), "the file", { code: "ERR_GANTRY_CREDENTIALS" }), {
    code: "ERR_GANTRY_CREDENTIALS",
  });
});

test("whatever JSON.stringify writes of lower-case keys is read as JSON.parse reads it", () => {
  const key = fc.string({ unit: fc.constantFrom(...'abc_\\"{}[],: ') });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      anyText,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.constantFrom(0, 2), (document, indent) => {
      const text = JSON.stringify(document, null, indent);
      assert.deepEqual(read(text), JSON.parse(text));
    }),
    { numRuns: 300 },
  );
});

test("two equal keys are found wherever in the document they are", () => {
  fc.assert(
    fc.property(fc.json(), fc.json(), fc.string(), (before, after, key) => {
      const doubled = `{${JSON.stringify(key)}:${before},${JSON.stringify(key)}:${after}}`;
      assert.throws(() => read(`[1,${doubled}]`), { code: "ERR_GANTRY_MANIFEST_INVALID" });
    }),
  );
});

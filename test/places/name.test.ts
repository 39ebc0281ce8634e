import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReference } from "../../src/model/reference.js";
import { parsePlace, type PlaceName } from "../../src/places/name.js";

const places: readonly (readonly [string, PlaceName])[] = [
  ["oci:out", { type: "oci", path: "out" }],
  ["oci:./out/dir:app-1.0", { type: "oci", path: "./out/dir", name: "app-1.0" }],
  ["oci:/abs/out:localhost:5000/app:1", { type: "oci", path: "/abs/out", name: "localhost:5000/app:1" }],
  ["oci:C:\\out:1", { type: "oci", path: "C:\\out", name: "1" }],
  ["oci:out.tar:1", { type: "oci-archive", path: "out.tar", name: "1" }],
  ["oci-archive:out.tar", { type: "oci-archive", path: "out.tar" }],
  ["docker-archive:out.tar:app:1", { type: "docker-archive", path: "out.tar", name: "app:1" }],
  ["store:app", { type: "store", name: "app" }],
  ["store:localhost:5000/app:1", { type: "store", name: "localhost:5000/app:1" }],
  ["docker://debian:12", { type: "registry", reference: parseReference("debian:12") }],
  ["debian", { type: "registry", reference: parseReference("debian") }],
  ["app:1", { type: "registry", reference: parseReference("app:1") }],
  ["localhost:5000/app:1", { type: "registry", reference: parseReference("localhost:5000/app:1") }],
];

for (const [text, expected] of places) {
  test(`the place "${text}" is ${expected.type}`, () => assert.deepEqual(parsePlace(text), expected));
}

test("A2 a reference with tag and digest keeps both", () => {
  const digest = `sha256:${"0".repeat(64)}` as const;
  assert.deepEqual(parsePlace(`r.example/app:1@${digest}`), {
    type: "registry",
    reference: { registry: "r.example", repository: "app", tag: "1", digest },
  });
});

for (const [text, message] of [
  ["oci:", /nothing follows the colon/],
  ["store:", /nothing follows the colon/],
  ["oci::1", /the path is missing/],
  ["oic:./out", /unknown kind of place "oic:" \(did you mean "oci"\?\)/],
] as const) {
  test(`"${text}" is no place`, () => {
    assert.throws(() => parsePlace(text), { code: "ERR_GANTRY_USAGE", message });
  });
}

test("what is neither a place nor a reference is refused as a reference", () => {
  assert.throws(() => parsePlace("Upper/Case"), { code: "ERR_GANTRY_REFERENCE_INVALID" });
});

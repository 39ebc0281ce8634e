import assert from "node:assert/strict";
import { test } from "node:test";
import { readOutputs } from "../../../src/cli/build/outputs.js";

const outputsOf = (...output: string[]) => readOutputs({ output }).outputs;

test("without any output flag the image goes to the local store", () => {
  assert.deepEqual(readOutputs({}).outputs, [{ type: "store" }]);
});

test("buildx's outputs are understood", () => {
  const cases: readonly (readonly [string, object])[] = [
    ["type=registry", { type: "registry" }],
    ["type=image,push=true", { type: "registry" }],
    ["type=image", { type: "store" }],
    ["type=image,push=false", { type: "store" }],
    ["type=oci,dest=out.tar", { type: "oci", dest: "out.tar", tar: true }],
    ["type=oci,dest=out", { type: "oci", dest: "out", tar: false }],
    ["type=oci,dest=-", { type: "oci", dest: "-", tar: true }],
    ["type=oci,dest=out,tar=true", { type: "oci", dest: "out", tar: true }],
    ["type=oci,dest=out.tar,tar=false", { type: "oci", dest: "out.tar", tar: false }],
    ["type=docker,dest=out.tar", { type: "docker", dest: "out.tar" }],
    ["type=docker", { type: "load" }],
    ['type=oci,"dest=a,b.tar"', { type: "oci", dest: "a,b.tar", tar: true }],
    ['"type=oci","dest=a""b.tar"', { type: "oci", dest: 'a"b.tar', tar: true }],
  ];
  for (const [text, output] of cases) assert.deepEqual(outputsOf(text), [output], text);
});

test("several outputs are kept in order, the same one once", () => {
  const { outputs } = readOutputs({ push: true, load: true, output: ["type=registry", "type=oci,dest=o"] });
  assert.deepEqual(outputs, [{ type: "registry" }, { type: "load" }, { type: "oci", dest: "o", tar: false }]);
});

test("names, compression and media types of an output hold for the build", () => {
  const settings = readOutputs({
    output: ['type=oci,dest=o,"name=a:1,b:2",compression=zstd,compression-level=3,oci-mediatypes=false'],
  });
  assert.deepEqual(settings.tags, ["a:1", "b:2"]);
  assert.equal(settings.compression, "zstd:3");
  assert.equal(settings.ociMediaTypes, false);
});

test("outputs that cannot be are refused with what to write instead", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["type=local,dest=out", /type=local is not supported/],
    ["type=tar,dest=out.tar", /type=tar is not supported/],
    ["type=regstry", /unknown type "regstry" \(did you mean "registry"\?\)/],
    ["out.tar", /write it as -o type=oci,dest=out\.tar/],
    ["-", /write it as -o type=oci,dest=-/],
    ["out", /names no type/],
    ["dest=out.tar", /names no type/],
    ["type=oci", /dest is missing/],
    ["type=oci,dest=", /dest is empty/],
    ["type=oci,dst=out", /takes no "dst" \(did you mean "dest"\?\)/],
    ["type=oci,dest=a,dest=b", /"dest" is given twice/],
    ["type=oci,dest=a,tar=maybe", /tar is "maybe", expected true or false/],
    ["type=oci,dest=-,tar=false", /cannot be written to stdout/],
    ["type=oci,a,dest=b", /"a" is not KEY=VALUE/],
    ["type=docker,dest=a.tar,tar=false", /always a tar file/],
    ["type=registry,push=false", /always pushes/],
    ["type=oci,dest=a,compression=lz4", /expected auto, none, gzip or zstd/],
    ["type=oci,dest=a,compression-level=3", /compression-level needs compression/],
  ];
  for (const [text, message] of cases)
    assert.throws(() => outputsOf(text), { code: "ERR_GANTRY_USAGE", message }, text);
});

test("two outputs cannot share a file or disagree about the image", () => {
  assert.throws(() => outputsOf("type=oci,dest=a.tar", "type=docker,dest=a.tar"), /two outputs go to a\.tar/);
  assert.throws(
    () => outputsOf("type=oci,dest=a,compression=gzip", "type=oci,dest=b,compression=none"),
    /compression is gzip and none/,
  );
});

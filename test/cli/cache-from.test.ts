import assert from "node:assert/strict";
import { test } from "node:test";
import { collectCacheFrom } from "../../src/cli/cache-from.js";
import { runFake } from "./fake-terminal.js";

test("--cache-from takes a reference, destination, or buildx's form of a reference", () => {
  const given = ["r.example/app:1", "type=registry,ref=r.example/app:2", "ref=app@sha256:1,type=registry"];
  const names = ["destination", ...given].reduce<readonly string[] | undefined>(
    (previous, text) => collectCacheFrom(text, previous),
    undefined,
  );
  assert.deepEqual(names, ["destination", "r.example/app:1", "r.example/app:2", "app@sha256:1"]);
});

test("another --cache-from is a usage error that says what is accepted", async () => {
  const accepted = "expected REFERENCE, type=registry,ref=REFERENCE, or destination";
  const cases: Readonly<Record<string, string>> = {
    "type=gha": "type=gha is not supported: layers are reused from images in registries",
    "type=local,ref=x": "type=local is not supported: layers are reused from images in registries",
    "type=registry": "ref is missing",
    "ref=app": "type is missing",
    "type=registry,ref=a,ref=b": '"ref" is given twice',
    "type=registry,reff=a": 'there is no "reff" (did you mean "ref"?)',
    "type=registry,a": '"a" is not KEY=VALUE',
  };
  for (const [text, problem] of Object.entries(cases)) {
    const { status, stderr } = await runFake(["build", "--cache-from", text]);
    const expected = `gantry: --cache-from ${text}: ${problem}; ${accepted}\nSee "gantry build --help".\n`;
    assert.deepEqual({ status, stderr }, { status: 2, stderr: expected });
  }
});

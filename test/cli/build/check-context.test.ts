import assert from "node:assert/strict";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { createInProcess } from "../../support/in-process.js";

test("a context that does not exist, or is a file, is named with what was expected", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFileSync(join(folder, "a.txt"), "a");
  const absent = `the context ${join(folder, "absent")} does not exist: name the folder to build from`;
  const file = `the context ${join(folder, "a.txt")} is a file: expected a folder; a Dockerfile is named with -f, a tar comes on standard input: gantry build - < FILE`;
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["absent"], absent],
    [["absent", "--check"], absent],
    [["absent", "--print"], absent],
    [["absent", "-f", "a.txt"], absent],
    [["absent", "-f", "-"], absent],
    [["absent", "--base", "scratch"], absent],
    [["a.txt"], file],
    [["a.txt", "--add", "x:/x", "--base", "scratch"], file],
  ];
  for (const [args, message] of cases) {
    const input = args.includes("-") ? "FROM scratch\n" : "";
    assert.deepEqual(
      await run(["build", ...args], { input }),
      { status: 2, stdout: "", stderr: `gantry: ${message}\n` },
      args.join(" "),
    );
  }
  const below = await run(["build", "a.txt/below"]);
  assert.match(below.stderr, /a\.txt[/\\]below does not exist/);
});

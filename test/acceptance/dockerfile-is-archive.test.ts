import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { tarOf } from "../support/tar-of.js";
import { createSandbox } from "../support/cli.js";

test("an archive in the place of a Dockerfile is told in one line", async (t) => {
  const { folder, run } = createSandbox(t);
  const tar = tarOf({ path: "Dockerfile", text: "FROM scratch\n" });
  for (const [kind, input] of [
    ["tar", tar],
    ["gzip", gzipSync(tar)],
  ] as const) {
    const rest = `is an archive (${kind}), expected a Dockerfile; to build from a tar: gantry build - < FILE\n`;
    const streamed = await run(["build", ".", "-f", "-"], { input });
    assert.deepEqual(streamed, { status: 2, stdout: "", stderr: `gantry: standard input ${rest}` });
    const file = join(folder, "context");
    writeFileSync(file, input);
    const named = await run(["build", ".", "-f", "context"]);
    assert.deepEqual(named, { status: 2, stdout: "", stderr: `gantry: ${file} ${rest}` });
  }
});

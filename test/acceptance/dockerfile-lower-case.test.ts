import assert from "node:assert/strict";
import { test } from "node:test";
import { createInProcess } from "../support/in-process.js";
import { writeFiles } from "../support/write-files.js";

test("a dockerfile is built where there is no Dockerfile, without what Dockerfile.dockerignore names", async (t) => {
  const { folder, run, gantry } = createInProcess(t);
  writeFiles(folder, {
    "lower/dockerfile": "FROM scratch\nLABEL is=lower\nCOPY files /\n",
    "lower/Dockerfile.dockerignore": "files/b\n",
    "lower/dockerfile.dockerignore": "files/a\n",
    "lower/files/a": "a",
    "lower/files/b": "b",
    "both/Dockerfile": "FROM scratch\nLABEL is=upper\n",
    "both/dockerfile": "FROM scratch\nLABEL is=lower\n",
    "either/dockerfile": "FROM scratch\n",
    "either/gantry.config.json": "{}",
    "none/file": "",
  });
  for (const args of [["lower"], ["lower", "-f", "lower/Dockerfile"], ["lower", "-f", "lower/dockerfile"]]) {
    const plan = await gantry("build", ...args, "--print");
    assert.match(plan, /"is": "lower"/);
    const copied = args.at(-1) === "lower/dockerfile" ? "b" : "a";
    assert.deepEqual(plan.match(/"path": ".*"/g), [`"path": "/${copied}"`], args.join(" "));
  }
  assert.match(await gantry("build", "both", "--print"), /"is": "upper"/);
  const either = await run(["build", "either"]);
  assert.match(
    either.stderr,
    /has both dockerfile and gantry\.config\.json: say which, with -f either\/dockerfile/,
  );
  const none = await run(["build", "none", "-f", "none/Dockerfile"]);
  assert.match(none.stderr, /there is no Dockerfile \S+none\/Dockerfile: name one with -f/);
});

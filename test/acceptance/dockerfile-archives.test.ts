import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createInProcess } from "../support/in-process.js";
import { writeFiles } from "../support/write-files.js";
import { archiveOf } from "../tar/archive.js";

test("an old tar without a mark is an archive by its checksum, and is unpacked", async (t) => {
  const { folder, gantry } = createInProcess(t);
  writeFiles(folder, { Dockerfile: "FROM scratch\nADD old /x/\n" });
  const header = Buffer.alloc(1024);
  header.write("name");
  header.write("        ", 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  writeFileSync(join(folder, "old"), header);
  assert.match(await gantry("build", "--print"), /"\/x\/name"/);
});

test("a damaged archive is told with its line, and nothing is written", async (t) => {
  const { folder, run } = createInProcess(t);
  writeFiles(folder, { Dockerfile: "FROM scratch\nADD pack* /x/\n" });
  const archive = archiveOf({ path: "f", body: "x".repeat(300) }).subarray(0, 600);
  writeFileSync(join(folder, "packed"), archive);
  const { status, stderr } = await run(["build", "--progress", "quiet", "-o", "type=oci,dest=out"]);
  const message =
    /^gantry: Dockerfile, line 2: archive packed is cut short: it ends within a member, at byte 600/;
  assert.match(stderr, message);
  assert.match(stderr, /2 \| >>> ADD pack\* \/x\//);
  assert.deepEqual([status, existsSync(join(folder, "out"))], [1, false]);
});

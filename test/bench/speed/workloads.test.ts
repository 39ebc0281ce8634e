import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { mixedBytes } from "../../../bench/speed/workloads/mixed-bytes.js";
import { prepareWorkload } from "../../../bench/speed/workloads/workload.js";
import { workloads } from "../../../bench/speed/workloads/workloads.js";
import { scratchFolder } from "../../support/scratch-folder.js";

test("seeded bytes are the same everywhere and compress as a program does", () => {
  const bytes = Buffer.concat([...mixedBytes(1, 3_000_001)]);
  assert.equal(bytes.length, 3_000_001);
  assert.equal(
    createHash("sha256").update(bytes).digest("hex"),
    "db1f1525249cd52b1b3db4acea7e9012e31b8db5cd24bc64c4f8692a2d099acd",
  );
  const ratio = gzipSync(bytes, { level: 1 }).length / bytes.length;
  assert.ok(ratio > 0.4 && ratio < 0.5, `gzip leaves ${ratio}`);
});

test("a workload is made once, and anew where its definition changed or making it was cut short", async (t) => {
  const work = await scratchFolder(t);
  let made = 0;
  const workload = (definition: string) => ({
    name: "one",
    definition,
    make: (folder: string) => writeFileSync(join(folder, "file"), `${++made}`),
  });
  const first = await prepareWorkload(work, workload("a"), () => undefined);
  assert.equal(await prepareWorkload(work, workload("a"), () => undefined), first);
  assert.equal(made, 1);
  const second = await prepareWorkload(work, workload("b"), () => undefined);
  assert.equal(readFileSync(join(second, "file"), "utf8"), "2");
  assert.ok(existsSync(join(first, "file")));
  const failing = { ...workload("c"), make: () => Promise.reject(new Error("cut short")) };
  await assert.rejects(
    prepareWorkload(work, failing, () => undefined),
    /cut short/,
  );
  assert.equal(
    readFileSync(join(await prepareWorkload(work, workload("c"), () => undefined), "file"), "utf8"),
    "3",
  );
});

test("the lock file of node_modules pins every package by its hash and names no host", () => {
  const nodeModules = workloads.find(({ name }) => name === "node_modules")!;
  const text = nodeModules.definition;
  const { packages } = JSON.parse(text.slice(text.indexOf("{"))) as {
    packages: Record<string, { integrity?: string; inBundle?: boolean }>;
  };
  const unpinned = Object.entries(packages).filter(
    ([path, { integrity, inBundle }]) => path !== "" && integrity === undefined && inBundle !== true,
  );
  assert.deepEqual(unpinned, []);
  assert.doesNotMatch(text, /"resolved"/);
});

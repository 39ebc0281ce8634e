import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { buildahDifference, buildahDifferences } from "./buildah-differences.js";
import { cases } from "./cases/cases.js";

const docs = readFileSync(new URL("../../../../docs/dockerfile.md", import.meta.url), "utf8");

test("what differs in buildah is told in docs/dockerfile.md, each difference and no other", () => {
  const section = docs.split("## What buildah makes of the same Dockerfiles")[1]!.split("\n## ")[0]!;
  const told = [...section.matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, words]) => words);
  assert.deepEqual(
    told,
    buildahDifferences.map(({ why }) => why),
  );
});

test("what differs in buildah is shown by Dockerfiles that are there", () => {
  for (const { why, cases: patterns } of buildahDifferences) {
    for (const pattern of patterns) {
      const shown = cases.filter(
        ({ name }) => name === pattern || (pattern.endsWith("*") && name.startsWith(pattern.slice(0, -1))),
      );
      assert.ok(shown.length > 0, `${why}: ${pattern}`);
    }
  }
  assert.equal(buildahDifference("copy: from a stage by number"), undefined);
});

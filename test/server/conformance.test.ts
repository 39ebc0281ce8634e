import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runConformance } from "../support/conformance.js";
import { lacking } from "../support/tools.js";
import { makeFolder, startRegistry } from "./support.js";

const page = readFileSync(new URL("../../../docs/reliability.md", import.meta.url), "utf8");

for (const store of ["memory", "a folder"]) {
  test(
    `H109 the registry with its blobs in ${store} passes the distribution-spec's conformance suite, nothing failed and nothing skipped`,
    { skip: lacking("conformance") },
    async (t) => {
      const registry = await startRegistry(
        t,
        store === "memory" ? {} : { dir: join(await makeFolder(t), "store") },
      );
      const { apis, data } = await runConformance(registry.host);
      const results = Object.entries({ ...apis, ...data });
      assert.ok(results.length >= 50, `${results.length} results`);
      assert.deepEqual(
        results.filter(([, result]) => result !== "Pass"),
        [],
      );
      for (const [name] of results)
        assert.match(
          page,
          new RegExp(`^\\| ${name} +\\| pass `, "m"),
          `${name} is not in docs/reliability.md`,
        );
    },
  );
}

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { parse } from "yaml";
import { scratchFolder } from "../support/scratch-folder.js";
import { lacking } from "../support/tools.js";
import { startRegistry } from "./support.js";

/** What the suite writes: "Pass", "FAIL" or "Skip" by what was tested. */
interface Results {
  readonly apis: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

for (const store of ["memory", "a folder"]) {
  test(
    `H109 the registry with its blobs in ${store} passes the distribution-spec's conformance suite, nothing failed and nothing skipped`,
    { skip: lacking("conformance") },
    async (t) => {
      const folder = await scratchFolder(t);
      const dir = store === "memory" ? undefined : join(folder, "store");
      const registry = await startRegistry(t, dir === undefined ? {} : { dir });
      const env = {
        ...process.env,
        OCI_REGISTRY: registry.host,
        OCI_TLS: "disabled",
        OCI_REPO1: "conformance/one",
        OCI_REPO2: "conformance/two",
        OCI_VERSION: "dev",
        OCI_DATA_SPARSE: "true",
        OCI_RESULTS_DIR: join(folder, "results"),
      };
      // It ends with 1 where something failed; what failed is in its results.
      await promisify(execFile)("conformance", [], { cwd: folder, env, maxBuffer: 1 << 26 }).catch(
        () => undefined,
      );
      const { apis, data } = parse(readFileSync(join(folder, "results", "results.yaml"), "utf8")) as Results;
      const results = Object.entries({ ...apis, ...data });
      assert.ok(results.length >= 50, `${results.length} results`);
      assert.deepEqual(
        results.filter(([, result]) => result !== "Pass"),
        [],
      );
    },
  );
}

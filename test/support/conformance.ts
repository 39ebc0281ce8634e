import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";

/** What the suite says of an API or of a kind of data: "Pass", "FAIL" or "Skip", by its name. */
export interface ConformanceResults {
  readonly apis: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

/**
 * Runs the distribution-spec's conformance suite (the program `conformance`) against a registry, with all that the
 * specification's current draft demands and with manifests whose blobs are not there.
 */
export async function runConformance(registry: string): Promise<ConformanceResults> {
  const folder = mkdtempSync(join(tmpdir(), "gantry-conformance-"));
  const env = {
    ...process.env,
    OCI_REGISTRY: registry,
    OCI_TLS: "disabled",
    OCI_REPO1: "conformance/one",
    OCI_REPO2: "conformance/two",
    OCI_VERSION: "dev",
    OCI_DATA_SPARSE: "true",
    OCI_RESULTS_DIR: join(folder, "results"),
  };
  try {
    // It ends with 1 where something failed; what failed is in its results.
    await promisify(execFile)("conformance", [], { cwd: folder, env, maxBuffer: 1 << 26 }).catch(
      () => undefined,
    );
    return parse(readFileSync(join(folder, "results", "results.yaml"), "utf8")) as ConformanceResults;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

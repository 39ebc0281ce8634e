import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runIn } from "./cli.js";
import { buildGolden, goldenNames, plainSurroundings, readGolden, writeGolden } from "./golden.js";

/** Writes the digests of test/golden anew: `node build/test/support/write-goldens.js`. */
for (const name of goldenNames) {
  const folder = mkdtempSync(join(tmpdir(), "gantry-golden-"));
  try {
    const golden = readGolden(name);
    const digest = await buildGolden(golden, { folder, run: runIn(folder) }, plainSurroundings);
    if (digest !== golden.digest) writeGolden(name, { ...golden, digest });
    console.log(`${name}: ${digest === golden.digest ? "unchanged" : digest}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

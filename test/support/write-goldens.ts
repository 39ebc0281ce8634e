import { createSandbox } from "./cli.js";
import { buildGolden, goldenNames, plainSurroundings, readGolden, writeGolden } from "./golden.js";

/** Writes the digests of test/golden anew: `node build/test/support/write-goldens.js`. */
for (const name of goldenNames) {
  const cleanups: (() => void)[] = [];
  try {
    const golden = readGolden(name);
    const sandbox = createSandbox({ after: (clean) => void cleanups.push(clean as () => void) });
    const digest = await buildGolden(golden, sandbox, plainSurroundings);
    if (digest !== golden.digest) writeGolden(name, digest);
    console.log(`${name}: ${digest === golden.digest ? "unchanged" : digest}`);
  } finally {
    for (const clean of cleanups) clean();
  }
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSandbox } from "../support/cli.js";
import {
  buildGolden,
  goldenNames,
  plainSurroundings,
  readGolden,
  type Surroundings,
} from "../support/golden.js";

/** Another machine: as much as can be is different. */
const otherSurroundings: Surroundings = {
  umask: 0o077,
  timeZone: "Pacific/Kiritimati",
  locale: "C.UTF-8",
  cwd: "elsewhere",
  order: shuffled,
  mtime: 1_700_000_000.5,
  uid: 12_345,
};

for (const name of goldenNames) {
  const golden = readGolden(name);
  test(`B38 ${golden.about} is one digest in any time zone, umask, folder order and working directory`, async (t) => {
    const [plain, other] = [
      await buildGolden(golden, createSandbox(t), plainSurroundings),
      await buildGolden(golden, createSandbox(t), otherSurroundings),
    ];
    assert.equal(other, plain, "the surroundings show in the image");
    assert.equal(
      plain,
      golden.digest,
      `the bytes of images changed: see CONTRIBUTING.md on test/golden/${name}.json`,
    );
  });
}

/** An order of its own, the same each time: by the text backwards. */
function shuffled(paths: readonly string[]): readonly string[] {
  const backwards = (text: string) => [...text].toReversed().join("");
  return paths.toSorted((a, b) => (backwards(a) < backwards(b) ? 1 : -1));
}

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clip, formatBytes, formatDuration, formatTable, printable, widthOf } from "../../src/cli/text.js";

test("control characters and text direction marks from outside cannot reach the terminal", () => {
  assert.equal(printable("a\u001b[2Jb\u0007\u009bc\u202ed\r"), "a?[2Jb??c?d?");
  assert.equal(printable("two\nlines\tand a tab, caf\u00e9"), "two\nlines\tand a tab, caf\u00e9");
});

test("bytes are written in decimal units with two digits at least", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [9940, "9.9 kB"],
    [9960, "10 kB"],
    [999_400, "999 kB"],
    [999_600, "1.0 MB"],
    [52_428_800, "52 MB"],
    [5_368_709_120, "5.4 GB"],
    [3e15, "3000 TB"],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

test("durations are written in seconds, from a minute on with minutes", () => {
  const cases: readonly (readonly [number, string])[] = [
    [-5, "0.0s"],
    [40, "0.0s"],
    [1234, "1.2s"],
    [59_900, "59.9s"],
    [59_960, "1m00s"],
    [125_400, "2m05s"],
    [3_600_000, "60m00s"],
  ];
  for (const [milliseconds, text] of cases) assert.equal(formatDuration(milliseconds), text);
});

test("a clipped text never takes more columns than it was given", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 120 }), (text, columns) => {
      assert.ok(widthOf(clip(text, columns)) <= columns);
    }),
  );
  assert.equal(clip("layer /application", 10), "layer /...");
  assert.equal(clip("fits", 4), "fits");
});

test("a table aligns its columns and leaves no spaces at line ends", () => {
  const table = formatTable(
    [
      ["NAME", "SIZE"],
      ["app", "9 B"],
      ["longer", ""],
    ],
    { right: [1] },
  );
  assert.equal(table, "NAME    SIZE\napp      9 B\nlonger\n");
});

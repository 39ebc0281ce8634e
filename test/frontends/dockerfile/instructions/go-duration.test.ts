import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseGoDuration } from "../../../../src/frontends/dockerfile/instructions/go-duration.js";

for (const [text, nanoseconds] of [
  ["0", 0],
  ["+0", 0],
  ["0s", 0],
  ["5s", 5e9],
  ["1.5h", 5400e9],
  [".5s", 0.5e9],
  ["5.s", 5e9],
  ["-1m", -60e9],
  ["1h30m", 5400e9],
  ["1h1m1s1ms1us1ns", 3661001001001],
  ["1\u00b5s", 1e3],
  ["1\u03bcs", 1e3],
  ["1.9ns", 1],
  ["0.3333333333333333333h", 1200e9],
  ["0.830103483285477580700h", 2988372539827],
  ["1s1s", 2e9],
] as const) {
  test(`${text} is ${nanoseconds} ns`, () => {
    assert.equal(parseGoDuration(text), nanoseconds);
  });
}

for (const [text, message] of [
  ["", 'time: invalid duration ""'],
  ["-", 'time: invalid duration "-"'],
  [".", 'time: invalid duration "."'],
  [".s", 'time: invalid duration ".s"'],
  ["s", 'time: invalid duration "s"'],
  ["1 s", 'time: unknown unit " s" in duration "1 s"'],
  ["5", 'time: missing unit in duration "5"'],
  ["1s5", 'time: missing unit in duration "1s5"'],
  ["1.2.3s", 'time: missing unit in duration "1.2.3s"'],
  ["5x", 'time: unknown unit "x" in duration "5x"'],
  ["5toString", 'time: unknown unit "toString" in duration "5toString"'],
  ["2562048h", 'time: invalid duration "2562048h"'],
] as const) {
  test(`${JSON.stringify(text)} is no duration`, () => {
    assert.throws(() => parseGoDuration(text), { code: "ERR_GANTRY_DOCKERFILE_INVALID", message });
  });
}

test("parts add up", () => {
  fc.assert(
    fc.property(fc.nat(23), fc.nat(59), fc.nat(59), fc.nat(999), (hours, minutes, seconds, ms) => {
      const whole = ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
      assert.equal(parseGoDuration(`${hours}h${minutes}m${seconds}s${ms}ms`), whole * 1e6);
      assert.equal(parseGoDuration(`-${whole / 1000}s`), 0 - whole * 1e6);
    }),
  );
});

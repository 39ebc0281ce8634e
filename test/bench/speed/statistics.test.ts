import assert from "node:assert/strict";
import test from "node:test";
import { median, pairedRatio } from "../../../bench/speed/statistics.js";

test("the median is the middle value, or the mean of two", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 10]), 3);
  assert.equal(median([10, 9, 2]), 9);
  assert.equal(median([0, 0]), 0);
});

test("there is no median of nothing, nor where a value is unknown", () => {
  assert.ok(Number.isNaN(median([])));
  assert.ok(Number.isNaN(median([1, Number.NaN, 2])));
});

test("the paired ratio is the median of the rounds' ratios, not the ratio of the medians", () => {
  // The second round was ten times slower for both.
  assert.equal(pairedRatio([1, 20, 3], [2, 40, 3]), 0.5);
  assert.equal(pairedRatio([1, 2, 9], [10, 10, 10]), 0.2);
});

test("rounds that one of the two lacks do not count", () => {
  assert.equal(pairedRatio([1, 2, 3, 400], [2, 4, 6]), 0.5);
  assert.ok(Number.isNaN(pairedRatio([1], [])));
});

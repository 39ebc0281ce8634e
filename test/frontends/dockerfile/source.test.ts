import assert from "node:assert/strict";
import { test } from "node:test";
import { GantryError } from "../../../src/errors.js";
import {
  DockerfileError,
  type SourceRange,
  formatExcerpt,
  parseAt,
  parseError,
} from "../../../src/frontends/dockerfile/source.js";

const ten = { name: "Dockerfile", lines: ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] };
const rule = "--------------------";

/** Ranges as "4" or "4-6", and the numbers of the lines shown, marked ones with a `>`. */
const padding: readonly (readonly [ranges: string, shown: string])[] = [
  ["4", "2 3 >4 5 6"],
  ["1", ">1 2 3"],
  ["2", "1 >2 3 4"],
  ["9", "7 8 >9 10"],
  ["10", "8 9 >10"],
  ["4-6", "3 >4 >5 >6 7"],
  ["1-2", ">1 >2 3"],
  ["9-10", "8 >9 >10"],
  ["1-10", ">1 >2 >3 >4 >5 >6 >7 >8 >9 >10"],
  ["9-12", "8 >9 >10"],
  ["3 6-7", "2 >3 4 5 >6 >7 8"],
  ["6 3", "2 >3 4 5 >6 7"],
];

for (const [text, shown] of padding) {
  test(`an excerpt of lines ${text} of ten shows ${shown}`, () => {
    const lines = formatExcerpt({ file: ten, ranges: parseRanges(text) }).split("\n");
    assert.equal(lines[0], `Dockerfile:${Math.min(...parseRanges(text).map(({ start }) => start))}`);
    assert.deepEqual([lines[1], lines.at(-1)], [rule, rule]);
    const numbers = lines.slice(2, -1).map((line) => {
      const [, number, mark] = /^ +(\d+) \| (>>>| {3}) [a-j]$/.exec(line)!;
      return `${mark === ">>>" ? ">" : ""}${number}`;
    });
    assert.equal(numbers.join(" "), shown);
  });
}

function parseRanges(text: string): SourceRange[] {
  return text.split(" ").map((range) => {
    const [start = 0, end = start] = range.split("-").map(Number);
    return { start, end };
  });
}

test("an excerpt is laid out as BuildKit does", () => {
  const file = { name: "sub/app.Dockerfile", lines: ["FROM scratch", "ENV a=b", "COPY foo /bar", ""] };
  assert.equal(
    formatExcerpt({ file, ranges: [{ start: 3, end: 3 }] }),
    [
      "sub/app.Dockerfile:3",
      rule,
      "   1 |     FROM scratch",
      "   2 |     ENV a=b",
      "   3 | >>> COPY foo /bar",
      "   4 |     ",
      rule,
    ].join("\n"),
  );
});

test("there is no excerpt of lines that the file does not have", () => {
  for (const range of ["0", "11", "11-12"])
    assert.equal(formatExcerpt({ file: ten, ranges: parseRanges(range) }), "");
  assert.equal(formatExcerpt({ file: ten, ranges: [] }), "");
});

test("an excerpt does not steer the terminal nor flood it", () => {
  const file = { name: "Dockerfile", lines: [`RUN \u001b[2J\ta\u009b\r`, "x".repeat(9000)] };
  const lines = formatExcerpt({ file, ranges: [{ start: 1, end: 1 }] }).split("\n");
  assert.equal(lines[2], "   1 | >>> RUN \ufffd[2J\ta\ufffd");
  assert.equal(lines[3], `   2 |     ${"x".repeat(500)}...`);
});

test("a parse error begins with BuildKit's words and the first line, and ends with the excerpt", () => {
  const place = { file: ten, ranges: [{ start: 9, end: 10 }] };
  const error = parseError("unknown instruction: i", { place });
  assert.equal(error.code, "ERR_GANTRY_DOCKERFILE_INVALID");
  assert.equal(error.place, place);
  assert.equal(
    error.message,
    `dockerfile parse error on line 9: unknown instruction: i\n${formatExcerpt(place)}`,
  );
});

test("an error may have another code and no excerpt", () => {
  const place = { file: ten, ranges: [] };
  const error = new DockerfileError("RUN is not executed", { place, code: "ERR_GANTRY_UNSUPPORTED" });
  assert.deepEqual([error.code, error.message], ["ERR_GANTRY_UNSUPPORTED", "RUN is not executed"]);
});

test("work on a statement has its errors placed once, and only those about the Dockerfile", () => {
  const place = { file: ten, ranges: [{ start: 2, end: 2 }] };
  const other = { file: ten, ranges: [{ start: 5, end: 5 }] };
  const invalid = new GantryError("ERR_GANTRY_DOCKERFILE_INVALID", "no");
  const foreign = new GantryError("ERR_GANTRY_NETWORK", "no");
  const failing = (error: Error) => () => {
    throw error;
  };
  assert.equal(
    parseAt(place, () => 1),
    1,
  );
  assert.throws(() => parseAt(place, failing(invalid)), {
    message: /^dockerfile parse error on line 2: no\n/,
    cause: invalid,
  });
  const placed = () => parseAt(place, failing(invalid));
  assert.throws(() => parseAt(other, placed), { message: /^dockerfile parse error on line 2: no\n/, place });
  assert.throws(() => parseAt(place, failing(foreign)), foreign);
  assert.throws(() => parseAt(place, failing(new TypeError("bug"))), { name: "TypeError", message: "bug" });
});
